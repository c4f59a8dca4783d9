/** All runs, as the server tells of them. */
import type {
  Examining,
  Hello,
  NewLines,
  RunDetail,
  RunList,
  RunSummary,
} from '../../shared/protocol.js';
import { histories } from './histories.js';
import { hello as askHello, getJson, runPath } from './server.js';
import { Store } from './store.js';

export type RunMap = ReadonlyMap<string, RunSummary>;

export const runs = new Store<RunMap>(new Map());
/** What the server is; undefined until it has answered. */
export const hello = new Store<Hello | undefined>(undefined);
/** Whether all folders have been looked through. */
export const isComplete = new Store(false);
/** `lost` while a server that was there does not answer. */
export const connection = new Store<'opening' | 'open' | 'lost' | 'files'>('opening');

/** How the last examination that was asked for goes on. */
export const examining = new Store<Examining | undefined>(undefined);

/** At once, and then at most every so often, milliseconds: drawing takes time from who trains. */
const restMs = 500;

type Changes = Map<string, RunSummary | undefined>;

/** Changes that wait for the next drawing of the list. */
const waiting: Changes = new Map();
/** What was told since each list was asked for that is still on its way, and may be older. */
const sinceAsked = new Set<{ readonly changes: Changes; isComplete: boolean }>();
let last = 0;
let isDue = false;

function change(key: string, run: RunSummary | undefined): void {
  waiting.set(key, run);
  for (const { changes } of sinceAsked) changes.set(key, run);
  // A little later come the changes of others that changed at the same time.
  if (isDue) return;
  isDue = true;
  setTimeout(apply, Math.max(30, last + restMs - Date.now()));
}

function complete(): void {
  isComplete.set(true);
  for (const since of sinceAsked) since.isComplete = true;
}

function changed(known: RunMap, changes: Changes): RunMap {
  const next = new Map(known);
  for (const [key, run] of changes) {
    if (run === undefined) next.delete(key);
    else next.set(key, run);
  }
  return next;
}

function apply(): void {
  isDue = false;
  last = Date.now();
  runs.set(changed(runs.value, waiting));
  waiting.clear();
}

async function readAll(): Promise<void> {
  const since = { changes: new Map() as Changes, isComplete: false };
  sinceAsked.add(since);
  try {
    const list = await getJson<RunList>('runs.json');
    runs.set(changed(new Map(list.runs.map((run) => [run.key, run])), since.changes));
    // What waited is in the list, or was told since.
    waiting.clear();
    isComplete.set(list.isComplete || since.isComplete);
    for (const run of list.runs) histories.catchUp(run);
  } finally {
    sinceAsked.delete(since);
  }
}

/** @throws ServerError where nothing answers */
export async function connect(): Promise<void> {
  const answer = await askHello();
  hello.set(answer);
  if (!answer.isLive) {
    await readAll();
    connection.set('files');
    return;
  }
  const events = new EventSource('data/events');
  const on = <T>(name: string, use: (data: T) => void): void =>
    events.addEventListener(name, ({ data }: MessageEvent<string>) => use(JSON.parse(data) as T));
  on<RunSummary>('run', (run) => {
    change(run.key, run);
    histories.catchUp(run);
  });
  on<NewLines>('lines', (lines) => histories.append(lines));
  on<string>('gone', (key) => change(key, undefined));
  on<Examining>('examining', (line) => examining.set(line));
  on<boolean>('complete', complete);
  events.onerror = () => connection.set('lost');
  events.onopen = () => {
    connection.set('open');
    // What was told while nobody listened.
    void readAll().catch(() => connection.set('lost'));
  };
}

/** More about a run; asked for each time, since runs change. */
export const detailOf = (key: string): Promise<RunDetail> =>
  getJson<RunDetail>(runPath(key, 'run.json'));
