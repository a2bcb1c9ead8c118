// The edge of the platforms as a process of its own: holds the sockets that the product knows, and passes bytes on. Its
// death cuts every connection and refuses new ones; the world behind it goes on. Plain JavaScript, so that it is up at once.
// Argument: [[listen, target], ...] as JSON.
const { connect, createServer } = require('node:net');

const pairs = JSON.parse(process.argv[2]);
let left = pairs.length;
for (const [listen, target] of pairs) {
  createServer((client) => {
    const server = connect(target, '127.0.0.1');
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', end).on('close', end);
    client.pipe(server);
    server.pipe(client);
  }).listen(listen, '127.0.0.1', () => {
    left -= 1;
    if (left === 0) process.stdout.write('ready\n');
  });
}
// Whoever started it is gone.
process.stdin.on('end', () => process.exit(0)).resume();
