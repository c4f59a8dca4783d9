/** What stems are called, apart from what they do, so that help finds the names soon. */

/** `patch`: the paper's; `overlap`: patches that share pixels; `conv`: a few strided convolutions. */
export const stemKinds = ['patch', 'overlap', 'conv'] as const;

export type StemKind = (typeof stemKinds)[number];
