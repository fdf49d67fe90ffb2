// Writes FILE.br and FILE.gz beside every text file of the build, so that the server only picks one.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const BYTES_MIN = 512;
const TEXT = /\.(?:html|js|css|svg|json|txt)$/;
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

const folder = process.argv[2] ?? "dist";
let files = 0;
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = await readFile(path);
  if (bytes.length <= BYTES_MIN) continue;
  await writeFile(`${path}.br`, await brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  await writeFile(`${path}.gz`, await zip(bytes, { level: 9 }));
  files += 1;
}
console.log(`precompressed ${files} files in ${folder}`);
