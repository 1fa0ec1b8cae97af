import type { MetricsFormat } from '../../metrics/index.js';

/** A kind of content that a client takes, and how gladly. */
interface Preference {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/** The format that a client prefers; where it has no preference, the one given. */
export function chooseFormat(accept: string | undefined, otherwise: MetricsFormat): MetricsFormat {
  const preferences = (accept ?? '').split(',').map(parsePreference);
  const quality = (fits: (preference: Preference) => boolean) =>
    Math.max(0, ...preferences.filter(fits).map((preference) => preference.quality));
  const openMetrics = quality(
    ({ type, version }) =>
      type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0'),
  );
  const plain = quality(({ type }) => type === 'text/plain');
  if (openMetrics === plain) return otherwise;
  return openMetrics > plain ? 'openmetrics' : 'prometheus';
}

function parsePreference(text: string): Preference {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameterOf = (name: string) =>
    parameters
      .find((parameter) => parameter.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const quality = Number(parameterOf('q') ?? 1);
  return {
    type,
    version: parameterOf('version'),
    quality: quality >= 0 && quality <= 1 ? quality : 0,
  };
}
