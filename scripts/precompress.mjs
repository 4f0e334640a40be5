// Writes .br and .gz beside every text or WASM file of the site.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const walk = (dir) => readdirSync(dir).flatMap((name) => {
  const path = join(dir, name);
  return statSync(path).isDirectory() ? walk(path) : [path];
});
for (const path of walk(process.argv[2])) {
  if (!/\.(wasm|js|mjs|css|svg|webmanifest|txt|json)$/.test(path)) continue;
  const body = readFileSync(path);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  writeFileSync(path + ".br", brotliCompressSync(body, { params: quality }));
  writeFileSync(path + ".gz", gzipSync(body, { level: 9 }));
}
