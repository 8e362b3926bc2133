// Sends a file with tus's own client, which goes on where it was whatever happens on the way.
import { createRequire } from "node:module";
import { createReadStream, statSync } from "node:fs";

const [folder, file, endpoint, cookie, token, name] = process.argv.slice(2);
const tus = createRequire(`${folder}/`)("tus-js-client");
const size = statSync(file).size;

const upload = new tus.Upload(createReadStream(file, { highWaterMark: 262144 }), {
  endpoint,
  uploadSize: size,
  chunkSize: 4 * 1024 * 1024,
  retryDelays: Array.from({ length: 60 }, () => 400),
  headers: { Cookie: cookie, "X-CSRF-Token": token },
  metadata: { filename: name, filetype: "application/octet-stream", institution: "mbeya-college" },
  onShouldRetry: () => true,
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => console.log(upload.url),
});
upload.start();
