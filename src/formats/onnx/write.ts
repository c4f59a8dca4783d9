/**
 * Models as ONNX files: the model is traced, its weights become initializers, its batch size stays
 * open.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { PbfWriter } from 'pbf';
import type { NamedGraph, PortValue } from '../../compile/graph/graph.js';
import { convolvePatches } from '../../compile/passes/convolve-patches.js';
import { encodeOnnx } from '../../compile/runtime/encode.js';
import { isCell, type State } from '../../compile/state/cell.js';
import type { StepFunction } from '../../compile/step.js';
import { type Trace, traceStep } from '../../compile/trace/trace.js';
import { EngineError, throwForEngine } from '../../errors.js';
import { writeFileAtomic } from '../../files.js';
import { readVariables } from '../../train/variables.js';
import { type ExportedModel, type ModelMetadata, weightsOf } from '../exported-model.js';
import { batchSizes, openBatch } from './batch.js';

/**
 * Writes a model as an ONNX file of ONNX's own operators only.
 *
 * @returns the files written
 * @throws EngineError as `onnxBytes`; OutputError where the file cannot be written
 */
export async function writeOnnx(path: string, exported: ExportedModel): Promise<string[]> {
  await writeFileAtomic(path, await onnxBytes(exported));
  return [path];
}

/**
 * The bytes of an ONNX file. Inputs and output have the names in `exported`, type float32, and
 * `batch` as their first dimension. Weights are initializers by name, `LAYER/WEIGHT`; the metadata
 * is in `metadata_props`.
 *
 * @throws EngineError where the model has an operation that ONNX has not, or that is bound to one
 *   batch size
 */
export async function onnxBytes(exported: ExportedModel): Promise<Uint8Array> {
  const { model, inputs, output, metadata } = exported;
  const [first, second] = [
    traceInference(exported, batchSizes[0]),
    traceInference(exported, batchSizes[1]),
  ];
  const nameOf = namesOf(model);
  const weights = await readVariables(
    new Map(first.state.map((state) => [nameOf(state), variableOf(state)])),
  );
  const graph = openBatch(withNames(first, nameOf), withNames(second, nameOf), weights);
  const file = { name: model.name, dynamicAxes: batchAxes(...inputs, output) };
  const bytes = encodeOnnx(graph, file);
  // Protobuf messages end to end are one message: the second adds fields to the first.
  return Buffer.concat([bytes, encodeDescription(metadata)]);
}

/** The first axis of each of these tensors has the name `batch` in place of a length. */
const batchAxes = (...tensors: string[]) =>
  Object.fromEntries(tensors.map((name) => [name, { 0: 'batch' }]));

function traceInference({ model, inputs, output }: ExportedModel, batchSize: number): Trace {
  const specs = inputs.map((name, i) => {
    const shape = [batchSize, ...(model.inputs[i]!.shape.slice(1) as number[])];
    return [name, { dtype: 'float32', shape }] as const;
  });
  const infer: StepFunction = (tensors) => ({
    [output]: model.apply(inputs.map((name) => tensors[name]!)) as tf.Tensor,
  });
  try {
    const trace = traceStep(infer, Object.fromEntries(specs));
    return { ...trace, graph: convolvePatches(trace.graph, trace.build) };
  } catch (thrown) {
    return throwForEngine(thrown);
  }
}

type Naming = (state: State) => string;

/** @throws EngineError where the model keeps more than its weights from call to call */
function variableOf(state: State): tf.Variable {
  if (!isCell(state)) return state;
  throw new EngineError('an ONNX file has no state between calls, as stateful layers have');
}

/** The names of `weightsOf`; the variable's own for what is no weight of the model. */
function namesOf(model: LayersModel): Naming {
  const names = new Map(Array.from(weightsOf(model), ([name, variable]) => [variable, name]));
  return (state) => names.get(variableOf(state)) ?? variableOf(state).name;
}

/** The graph with its weights, by name, as further inputs; what it writes to them is left out. */
function withNames({ graph, state }: Trace, nameOf: Naming): NamedGraph {
  const named = (list: readonly PortValue[]) =>
    list.flatMap(({ port, value }) => {
      if (port.kind === 'state') return { name: nameOf(state[port.index]!), value };
      return port.kind === 'input' || port.kind === 'output' ? { name: port.name, value } : [];
    });
  return {
    inputs: named(graph.inputs),
    outputs: named(graph.outputs.filter(({ port }) => port.kind === 'output')),
  };
}

/** The fields of ONNX's `ModelProto` that tell where a model comes from. */
function encodeDescription(metadata: ModelMetadata): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeStringField(3, metadata.mixgan); //      producer_version
  pbf.writeStringField(6, metadata.description); // doc_string
  for (const entry of Object.entries(metadata)) {
    pbf.writeMessage(14, writeEntry, entry); //     metadata_props
  }
  return pbf.finish();
}

function writeEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}
