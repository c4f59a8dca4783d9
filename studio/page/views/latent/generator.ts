/** A generator in the page: from points to pictures. */
import type { ModelInfo } from '../../../shared/model.js';
import type { PageModel } from '../../state/model.js';
import type { Point } from './finds.js';
import { imageData, type Shape } from './paint.js';

export interface Generator {
  readonly latentDim: number;
  /** Empty where the generator knows none. */
  readonly classNames: readonly string[];
  /** Each is told one of its values; empty where the label is a class. */
  readonly attributes: NonNullable<ModelInfo['attributes']>;
  /** Numbers of a label; 0 where there is none. */
  readonly labelDim: number;
  readonly shape: Shape;
  /** Of the checkpoint. */
  readonly step: number;
  draw(point: Point): Promise<ImageData>;
}

/** @throws Error in a line for the visitor, where the model is no generator of pictures */
export function generatorOf({ info, run }: PageModel): Generator {
  const [latent, label] = info.inputs;
  const latentDim = latent?.shape[1];
  const shape = info.outputs[0]?.shape.slice(1) as unknown as Shape;
  if (typeof latentDim !== 'number' || shape?.length !== 3) {
    throw new Error('this model does not draw pictures from a latent');
  }
  const count = label === undefined ? 0 : Number(label.shape[1]);
  const named = info.classNames.length === count ? info.classNames : undefined;
  const attributes = info.attributes ?? [];
  const isTold =
    count > 0 && count === attributes.reduce((sum, { values }) => sum + values.length, 0);
  return {
    latentDim,
    labelDim: count,
    attributes: isTold ? attributes : [],
    shape,
    step: info.step,
    classNames: isTold ? [] : (named ?? Array.from({ length: count }, (_, i) => String(i))),
    async draw(point) {
      const inputs = {
        [latent!.name]: point.latent,
        ...(label && { [label.name]: point.label ?? new Float32Array(count) }),
      };
      return imageData(await run(inputs), shape);
    },
  };
}
