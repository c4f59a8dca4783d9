/** Starts trainings, stops them and goes on with them: by the commands that one would type. */
import { useEffect, useState } from 'preact/hooks';
import type { CommandAnswer, FamilyInfo, Form as FormData } from '../../../shared/protocol.js';
import { speak } from '../../parts/live.js';
import { RunActions } from '../../parts/RunActions.js';
import { Typed } from '../../parts/Typed.js';
import { grouped } from '../../parts/text.js';
import { hello, runs } from '../../state/runs.js';
import { command, getJson } from '../../state/server.js';
import { useStore } from '../../state/store.js';
import { useParam } from '../../state/url.js';
import { FormKeys } from './FormKeys.js';

/** While one types, the command is asked for once nothing came for so long. */
const quietMs = 250;

export function Train() {
  const server = useStore(hello);
  if (server === undefined) return <p class="quiet">…</p>;
  return server.isLive ? <Trainings kinds={server.families} /> : <InTab />;
}

function Trainings({ kinds }: { readonly kinds: readonly FamilyInfo[] }) {
  const [kind, setKind] = useParam('kind', kinds[0]?.kind ?? '');
  const [form, setForm] = useState<FormData | undefined>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isWanted = true;
    setForm(undefined);
    if (kind === '') return;
    getJson<FormData>(`forms/${kind}.json`).then(
      (found) => isWanted && setForm(found),
      (thrown: unknown) => isWanted && setProblem(String(thrown)),
    );
    return () => {
      isWanted = false;
    };
  }, [kind]);
  return (
    <div class="train">
      <Active />
      <section aria-label="A new training">
        <h2>A new training</h2>
        <div class="controls">
          <label>
            Of a{' '}
            <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value)}>
              {kinds.map((family) => (
                <option key={family.kind} value={family.kind}>
                  {family.title}
                </option>
              ))}
            </select>
          </label>
        </div>
        {problem !== '' && <p role="alert">{problem}</p>}
        {form === undefined ? <p class="quiet">…</p> : <NewTraining key={form.kind} form={form} />}
      </section>
      <InTab />
    </div>
  );
}

function NewTraining({ form }: { readonly form: FormData }) {
  const [preset, setPreset] = useParam('preset', form.defaultPreset);
  const [set, setSet] = useState<Readonly<Record<string, string>>>({});
  const [answer, setAnswer] = useState<CommandAnswer | undefined>();
  const [isBusy, setBusy] = useState(false);
  const chosen = form.presets.find(({ name }) => name === preset) ?? form.presets[0]!;
  const asked = { kind: 'train', family: form.kind, preset: chosen.name, set } as const;
  const id = JSON.stringify(asked);

  useEffect(() => {
    const timer = setTimeout(() => {
      command({ ...asked, isDry: true }).then(setAnswer, (thrown: Error) =>
        setAnswer({ command: '', problem: thrown.message }),
      );
    }, quietMs);
    return () => clearTimeout(timer);
  }, [id]);

  const start = async (): Promise<void> => {
    setBusy(true);
    speak('Starting', 0);
    try {
      const done = await command(asked);
      setAnswer(done);
      speak(done.problem ?? `${done.run} has begun`, 0);
    } catch (thrown) {
      setAnswer({ command: answer?.command ?? '', problem: (thrown as Error).message });
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <label>
        From the preset{' '}
        <select
          value={chosen.name}
          onChange={({ currentTarget }) => {
            setPreset(currentTarget.value);
            setSet({});
          }}
        >
          {form.presets.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <FormKeys keys={form.keys} values={chosen.values} set={set} onSet={setSet} />
      {answer !== undefined && answer.command !== '' && <Typed command={answer.command} />}
      {answer?.problem !== undefined && (
        <p role="alert" class="problem">
          {answer.problem}
        </p>
      )}
      <button type="submit" class="main" disabled={isBusy}>
        {isBusy ? 'Starting …' : 'Start'}
      </button>
    </form>
  );
}

/** A page of its own: what trains there leaves when its tab is closed, unless it is saved. */
const InTab = () => (
  <section aria-label="In a tab">
    <h2>In a tab</h2>
    <p>
      A GAN of digits trains in the browser itself, without a command:{' '}
      <a href="tab/index.html?device=wasm" target="_blank" rel="noopener">
        open it in another tab
      </a>
      . What comes of it can be saved, and gone on with in a terminal.
    </p>
  </section>
);

/** Those under way, and those to go on with. */
function Active() {
  const known = useStore(runs);
  const shown = [...known.values()]
    .filter(({ isShipped }) => isShipped !== true)
    .filter(({ state, hasModel }) => state === 'running' || (state === 'stopped' && hasModel))
    .sort(
      (a, b) =>
        Number(b.state === 'running') - Number(a.state === 'running') || b.changed - a.changed,
    )
    .slice(0, 20);
  if (shown.length === 0) return null;
  return (
    <section aria-label="Under way">
      <h2>Under way, and to go on with</h2>
      <ul class="active">
        {shown.map((run) => (
          <li key={run.key}>
            <b>{run.name}</b> <span class={`state ${run.state}`}>{run.state}</span>{' '}
            <span class="quiet">
              {grouped(run.step)} of {grouped(run.steps)}
            </span>
            <RunActions run={run} />
          </li>
        ))}
      </ul>
    </section>
  );
}
