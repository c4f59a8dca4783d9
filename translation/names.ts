/** What keys of a configuration may be, apart from what they stand for, so that help finds them soon. */

/** Of adversarial losses. */
export const lossNames = ['lsgan', 'non-saturating', 'relativistic'] as const;

export type TranslationLossName = (typeof lossNames)[number];

/** Of the convolutions; `instance`: over the pixels of each image and channel, as in CycleGAN. */
export const normalisations = ['instance', 'none'] as const;

/** The domains, as flags and files call them. */
export const domainLetters = ['a', 'b'] as const;

export type DomainLetter = (typeof domainLetters)[number];
