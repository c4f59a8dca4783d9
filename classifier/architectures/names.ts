/** What `arch` of a classifier's model may be. */
export const architectureNames = ['mixer', 'resmlp', 'gmlp', 'ff', 'vit', 'resnet', 'cnn'] as const;

export type ArchitectureName = (typeof architectureNames)[number];
