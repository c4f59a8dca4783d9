/** What windows must be like for images in blocks. */
import type { WindowInfo } from '../../graph/convolutions.js';

export const atLeastNone = (list: readonly number[]): number[] => list.map((i) => Math.max(i, 0));

export const isPlain = ({ input, batch }: WindowInfo): boolean => input.length === 2 && batch > 0;

export const inBlocks = (channels: number, block: number): boolean => channels % block === 0;

/** Channels of an image: whole blocks, or fewer than one. */
export const areFew = (channels: number, block: number): boolean =>
  channels < block || inBlocks(channels, block);
