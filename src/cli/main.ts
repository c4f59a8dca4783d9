#!/usr/bin/env node
import { ExitCode } from '../errors.js';
import { main } from './cli.js';
import { families } from './families.js';

const code = await main(process.argv.slice(2), families);
// A command that did not fail may have set a code of its own, as an interrupted training does.
if (code !== ExitCode.ok) process.exitCode = code;
