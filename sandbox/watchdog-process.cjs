// Stops what the sandbox has started and removes its folder when the sandbox is gone, also after kill -9: then this
// process's standard input closes. Lines: "pid N", "forget N", "folder PATH", "done". Plain JavaScript, so that it is up at once.
const { rmSync } = require('node:fs');
const readline = require('node:readline');

const pids = new Set();
const folders = new Set();

readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [word, ...rest] = line.split(' ');
    const value = rest.join(' ');
    if (word === 'pid') pids.add(Number(value));
    if (word === 'forget') pids.delete(Number(value));
    if (word === 'folder') folders.add(value);
    if (word === 'done') process.exit(0);
  })
  .on('close', () => {
    signal('SIGTERM');
    setTimeout(() => {
      signal('SIGKILL');
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    }, 700);
  });
// Ctrl-C goes to the whole group: the watchdog must outlive the sandbox to clean up after it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});

function signal(name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself.
    }
  }
}
