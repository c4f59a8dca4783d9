/** The views of the page: a line each. What they are made of is fetched when they are first shown. */
import type { ComponentType } from 'preact';

export interface View {
  /** In the page's address. */
  readonly name: string;
  readonly title: string;
  /** Whether it needs a server that takes commands. */
  readonly isLiveOnly?: boolean;
  readonly load: () => Promise<ComponentType>;
}

export const views: readonly View[] = [
  { name: 'runs', title: 'Runs', load: async () => (await import('./list/Runs.js')).Runs },
  {
    name: 'pictures',
    title: 'Pictures',
    load: async () => (await import('./pictures/Pictures.js')).Pictures,
  },
  {
    name: 'latent',
    title: 'Latent',
    load: async () => (await import('./latent/Latent.js')).Latent,
  },
  { name: 'draw', title: 'Draw', load: async () => (await import('./draw/Draw.js')).Draw },
  {
    name: 'evaluation',
    title: 'Evaluation',
    isLiveOnly: true,
    load: async () => (await import('./evaluation/Evaluation.js')).Evaluation,
  },
  {
    name: 'train',
    title: 'Train',
    load: async () => (await import('./train/Train.js')).Train,
  },
];
