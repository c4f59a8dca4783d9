/** Flags of the commands that translate. */
import { z } from 'zod';
import { domainLetters } from '../names.js';

/** Which way. */
export const toFlag = {
  to: z.enum(domainLetters).default('b').describe('which domain to translate to'),
};
