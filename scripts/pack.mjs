// Puts the small chunks of WASM into one file for each set of portals that need them, so that opening a portal takes a
// handful of requests and not a hundred. The splitter makes a chunk for each set of lazy functions that share code.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SMALL = 30_000; // bytes, before compression
const pkg = join(process.argv[2], "pkg");
const find = (pattern) => join(pkg, readdirSync(pkg).find((name) => pattern.test(name)));
const loader = find(/^__wasm_split\..*\.js$/);
const manifest = find(/^__wasm_split_manifest\..*\.json$/);
// `admin_billing_chunk_123` belongs to the administrator; what is in no portal is public.
const portal = (name) => /^(admin|contractor)_/.exec(name)?.[1] ?? "public";

const packs = new Map();
const CHUNK = /\/\* ([\w, ]+) \*\/\nconst (__chunk_\d+) = makeLoad\(\(\) => \{\s*const src = fetch\(new URL\("\.\/([\w.-]+)\.wasm", import\.meta\.url\)\);\s*return async \(imports\) => \(WebAssembly\.instantiateStreaming\(src, imports\)\);\s*\}\s*, \[\]\);/g;
let script = readFileSync(loader, "utf8").replace(CHUNK, (whole, users, name, file) => {
  const bytes = readFileSync(join(pkg, file + ".wasm"));
  if (bytes.length >= SMALL) return whole;
  const portals = [...new Set(users.split(", ").map(portal))].sort().join("_");
  if (!packs.has(portals)) packs.set(portals, { files: [], parts: [], length: 0 });
  const pack = packs.get(portals);
  const from = pack.length;
  pack.files.push(file);
  pack.parts.push(bytes);
  pack.length += bytes.length;
  return `const ${name} = makeLoad(() => { const src = pack_${portals}(${from}, ${pack.length}); return async (imports) => WebAssembly.instantiate(await src, imports); }, []);`;
});
if (packs.size === 0) throw new Error("no chunk was recognised: has the splitter's script changed?");

const names = JSON.parse(readFileSync(manifest, "utf8"));
let fetches = `function pack(url) {
  let got;
  return async (from, to) => {
    got ??= fetch(url).then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(url + ": " + answer.status))));
    // After a failure the next call asks again.
    got.catch(() => { got = undefined; });
    return (await got).slice(from, to);
  };
}
`;
for (const [portals, { files, parts }] of packs) {
  const bytes = Buffer.concat(parts);
  const stem = `pack_${portals}.${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}`;
  writeFileSync(join(pkg, stem + ".wasm"), bytes);
  files.forEach((file) => unlinkSync(join(pkg, file + ".wasm")));
  fetches += `const pack_${portals} = pack(new URL("./${stem}.wasm", import.meta.url));\n`;
  const packed = new Set(files);
  for (const [split, stems] of Object.entries(names)) names[split] = [...new Set(stems.map((name) => (packed.has(name) ? stem : name)))];
}
// After the import of the first line.
script = script.replace("\n", "\n" + fetches);
writeFileSync(loader, script);
writeFileSync(manifest, JSON.stringify(names));
console.log(`  ${readdirSync(pkg).filter((name) => name.endsWith(".wasm")).length} files of WASM, of which ${packs.size} are packs of small ones`);
