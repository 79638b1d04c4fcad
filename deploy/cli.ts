/**
 * The entry of the compose file's `cli`: `token` prints a token made with the administrator's client that `init`
 * made; everything else is the command line program's.
 */
const [command] = process.argv.slice(2);
if (command === 'token') {
  process.argv.splice(2, 1);
  await import('../local/token.ts');
} else await import('../cli/main.ts' as string);
