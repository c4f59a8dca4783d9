import { main } from '../../../src/cli/cli.js';
import { families } from '../../../src/cli/families.js';
import { toyFamily } from './family.js';

process.exitCode =
  (await main(process.argv.slice(2), [...families, toyFamily])) || process.exitCode || 0;
