/**
 * What is behind a run's figures: the very pictures. `mixgan examine` writes it for pages to show.
 */
import { z } from 'zod';

/** A picture of the sheet, which are numbered from the left, row after row. */
const place = z.number().int().nonnegative();

/** A held-out image and what a classifier took it for. */
const example = z.object({
  place,
  /** In the data. */
  index: z.number().int().nonnegative(),
  /** Number of its class. */
  label: z.number().int().nonnegative(),
  taken: z.number().int().nonnegative(),
  /** Of the class that it was taken for, 0 … 1. */
  probability: z.number(),
});

export const examinationSchema = z.object({
  run: z.string(),
  step: z.number(),
  data: z.string(),
  classNames: z.array(z.string()),
  sheet: z.object({
    /** Pictures of all, [H, W, C] each. */
    count: z.number(),
    columns: z.number(),
    shape: z.tuple([z.number(), z.number(), z.number()]),
  }),
  /** Of what names images. */
  recognition: z
    .object({
      /** [K][K]: images of class t that were taken for class p. */
      confusion: z.array(z.array(z.number())),
      /** Of each cell the ones that it is about most: surest errors, and least sure hits. */
      examples: z.array(example),
    })
    .exactOptional(),
  /** Of what draws images. */
  drawing: z
    .object({
      /** What `mixgan sample --seed` draws, each with the training images nearest to it. */
      fakes: z.array(
        z.object({
          place,
          neighbours: z.array(
            z.object({
              place,
              index: z.number().int().nonnegative(),
              /** Number of its class, where images have one. */
              label: z.number().exactOptional(),
              /** Root mean square difference of pixels, 0 … 255. */
              distance: z.number(),
            }),
          ),
        }),
      ),
      /** A row a class, or one for all. */
      coverage: z.array(
        z.object({
          name: z.string(),
          reals: z.number(),
          /** Share of its real images with a generated one near, 0 … 1. */
          covered: z.number(),
          /** Generated images whose nearest real one is of this class. */
          fakes: z.number(),
        }),
      ),
      /** Generated images that the coverage is of; as many real ones. */
      samples: z.number(),
    })
    .exactOptional(),
});

export type Examination = z.output<typeof examinationSchema>;
export type Example = z.output<typeof example>;

/** Files of an examination's folder. */
export const examinationFile = 'examination.json';
export const sheetFile = 'pictures.png';

/** Pictures in a row of the sheet. */
export const sheetColumns = 40;
