/** What the page asks its server for, or the files of a site. */
import type { Command, CommandAnswer, Hello } from '../../shared/protocol.js';

/** What went wrong, in a line for the visitor. */
export class ServerError extends Error {}

async function answered(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`data/${path}`, init).catch(() => {
    throw new ServerError('the studio does not answer: was it stopped?');
  });
  if (response.ok) return response;
  const text = (await response.text()).trim();
  const isLine = /^text\/plain/.test(response.headers.get('content-type') ?? '');
  throw new ServerError(isLine && text !== '' ? text : `${path} is not there`);
}

export const getJson = async <T>(path: string): Promise<T> =>
  (await (await answered(path)).json()) as T;

export const getBytes = async (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await answered(path)).arrayBuffer());

export const getText = async (
  path: string,
): Promise<{ readonly text: string; readonly version: string }> => {
  const response = await answered(path);
  return { text: await response.text(), version: response.headers.get('x-version') ?? '' };
};

/** Below `data/`, of a run. */
export const runPath = (key: string, name: string): string => `runs/${key}/${name}`;

/** For an `<img>`. */
export const pictureUrl = (key: string, step: number | 'reals'): string =>
  `data/${runPath(key, step === 'reals' ? 'reals.png' : `fakes-${String(step).padStart(6, '0')}.png`)}`;

export async function command(asked: Command): Promise<CommandAnswer> {
  const response = await answered('commands', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(asked),
  });
  return (await response.json()) as CommandAnswer;
}

export const hello = (): Promise<Hello> => getJson<Hello>('hello.json');
