/**
 * The product against real servers on loopback: DNS servers, resolvers, SIP gateways and phones, fetched as Debian packages
 * and unpacked privately. Needs apt, so it is not part of `npm test`.
 */
const base = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // They mostly wait for real time to pass.
  maxWorkers: 2,
  testTimeout: 120_000,
};
