/** Child of the bench: downloads a URL, throws the bytes away, and says how many there were and how long it took. */
const [url, accept, token] = process.argv.slice(2) as [string, string, string];
const started = performance.now();
const response = await fetch(url, {
  headers: { accept, authorization: `Bearer ${token}`, 'accept-encoding': 'identity' },
});
if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
let bytes = 0;
for await (const piece of response.body!) bytes += piece.byteLength;
process.stdout.write(JSON.stringify({ bytes, seconds: (performance.now() - started) / 1000 }));
