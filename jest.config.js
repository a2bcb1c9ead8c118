/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Needs real servers: jest.integration.config.js.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/integration/'],
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // cel-js ships ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
  globalSetup: '<rootDir>/test/support/build-product.ts',
  globalTeardown: '<rootDir>/test/support/remove-build.ts',
  setupFiles: ['<rootDir>/test/support/loopback-only.ts'],
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  // Whole waves mostly wait for real time to pass.
  maxWorkers: 3,
  testTimeout: 20_000,
};
