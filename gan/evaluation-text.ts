/** The metrics of an evaluation, named as a training logs them, as a line of text. */
export function describeEvaluation(metrics: Readonly<Record<string, number>>): string {
  const value = (name: string, digits: number): string =>
    metrics[`evaluation.${name}`]!.toFixed(digits);
  return `Fréchet distance ${value('frechet', 2)}, ${value('frechetRatio', 1)} times that of real images; precision ${value('precision', 3)}, recall ${value('recall', 3)}, coverage ${value('coverage', 3)}`;
}
