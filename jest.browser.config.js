/**
 * Whole waves by hand in a real browser; needs Chromium, so it is not part of `npm test`. With CUTOVER_SCREENSHOTS=DIR every
 * screen that counts is saved there: docs/images/gate.png is 11-third-gate-whole, docs/images/rollback.png is 23-why.
 */
/** @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/test/browser/**/*.browser.ts'],
  maxWorkers: 1,
  testTimeout: 420_000,
};
