// The WASM that a browser loads, Brotli: the first page at most 250 kB, each lazy chunk at most 150 kB.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const pkg = join(process.argv[2], "pkg");
const files = readdirSync(pkg).filter((name) => name.endsWith(".wasm.br")).map((name) => [name, statSync(join(pkg, name)).size / 1000]);
let failed = files.length === 0;
for (const [name, size] of files.sort((a, b) => b[1] - a[1])) {
  const first = name.startsWith("plumbline");
  const budget = first ? 250 : 150;
  if (size > budget) failed = true;
  if (size < 20) continue;
  console.log(`  ${first ? "first page" : "chunk     "} ${size.toFixed(0).padStart(4)} kB of ${budget}  ${name}`);
}
process.exit(failed ? 1 : 0);
