import type { Reader } from '../reader.js';
import { assignmentReader, configFileReader, importReader, runReaders } from './commands.js';
import { cifarReader, gzipReader, idxReader, namesReader } from './datasets.js';
import { jpegReader, pngReader } from './pictures.js';
import { lockReader, resumedMetricsReader, resumedReader } from './runs.js';
import { checkpointReader, modelFileReader, npzReader, safetensorsReader } from './tensors.js';

/** All that mixgan reads. */
export const readers: readonly Reader[] = [
  ...[pngReader, jpegReader, idxReader, gzipReader, cifarReader, namesReader],
  ...[npzReader, safetensorsReader, modelFileReader, checkpointReader, importReader],
  ...[resumedReader, resumedMetricsReader, lockReader],
  ...[...runReaders, configFileReader, assignmentReader],
];
