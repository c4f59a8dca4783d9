const [width, height] = [96, 24];

/** A curve without axes; what it says stands beside it in words. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const fine = values.filter(Number.isFinite);
  if (fine.length < 2) return <span class="quiet">–</span>;
  const [low, high] = [Math.min(...fine), Math.max(...fine)];
  const points = values.map((value, i) => {
    const x = 1 + ((width - 2) * i) / (values.length - 1);
    const y = height - 2 - ((height - 4) * (value - low)) / (high - low || 1);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      class="spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
    >
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}
