/** `99.98 %`. Rounded down, so that a failure never reads as 100 %. */
export function percent(share: number): string {
  const hundredths = Math.floor(share * 10_000 + 1e-9) / 100;
  return `${hundredths.toFixed(hundredths === 100 || hundredths === 0 ? 0 : 2)} %`;
}
