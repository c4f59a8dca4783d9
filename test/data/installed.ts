/** Whether the packages are there that npm leaves out where they cannot be had. */
import { findPackage } from '../../src/data/packages.js';

/** Whether all of these are installed; says which is not, where one is not. */
export function areInstalled(...names: readonly string[]): boolean {
  for (const name of names) {
    try {
      findPackage(name, 'a test');
    } catch (thrown) {
      process.stderr.write(`skipped: ${(thrown as Error).message}\n`);
      return false;
    }
  }
  return true;
}
