#!/usr/bin/env node
// In a checkout the sources run as they are; an installation without the development tools runs what `npm run build` made.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const source = join(__dirname, '..', 'src', 'cli.ts');
const built = join(__dirname, '..', 'dist', 'src', 'cli.js');

function hasTsx() {
  try {
    require.resolve('tsx/cjs');
    return true;
  } catch {
    return false;
  }
}

if (existsSync(source) && hasTsx()) {
  require('tsx/cjs');
  require(source);
} else {
  require(built);
}
