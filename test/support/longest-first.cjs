/** Whole waves first, then what starts servers, then the rest: what takes a minute does not begin when everything else is done. */
const { createRequire } = require('node:module');

const { default: Sequencer } = createRequire(require.resolve('jest'))('@jest/test-sequencer');

const rankOf = ({ path }) =>
  /\/(e2e-kill|cli\.int|e2e-faults)/.test(path) ? 0 : /\/e2e-/.test(path) ? 1 : /\.int\.test/.test(path) ? 2 : 3;

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rankOf(a) - rankOf(b));
  }
};
