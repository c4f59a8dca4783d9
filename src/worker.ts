/**
 * Worker threads that run a function of this package, from its TypeScript sources or built.
 */
import { Worker } from 'node:worker_threads';

/**
 * Starts a worker thread that calls the exported function `exportName` of a module, without
 * arguments.
 *
 * @param from the `import.meta.url` of a module of this package
 * @param module the module to load, as an import of `from` names it: `./lane.js`
 * @param workerData what the function finds as `workerData` of `node:worker_threads`
 */
export function startWorker(
  from: string,
  module: string,
  exportName: string,
  workerData: unknown,
): Worker {
  const load = (url: string) => `import(${JSON.stringify(url)})`;
  const call = `.then((module) => module[${JSON.stringify(exportName)}]())`;
  // Built modules are JavaScript.
  if (!from.endsWith('.ts')) {
    return new Worker(load(new URL(module, from).href) + call, { eval: true, workerData });
  }
  // A clone runs its TypeScript sources through tsx, which extends to workers only when asked to.
  const tsx = load(import.meta.resolve('tsx/esm/api'));
  const source = load(new URL(module.replace(/\.js$/, '.ts'), from).href);
  return new Worker(`${tsx}.then(({ register }) => register()).then(() => ${source})${call}`, {
    eval: true,
    workerData,
    execArgv: [],
  });
}
