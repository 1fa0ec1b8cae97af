import { Box, Text } from 'ink';
import type { TotalSeries } from './history.js';
import { drawing, newest, totalLines } from './texts.js';

const labelWidth = 14;
const valueWidth = 6;
const widestDrawing = 60;

/** What the whole network namespace does, and did. */
export function Totals({
  series,
  width,
}: {
  readonly series: TotalSeries;
  readonly width: number;
}) {
  const cell = Math.floor(width / 2);
  const room = Math.max(0, Math.min(widestDrawing, cell - labelWidth - valueWidth - 3));
  return (
    <Box flexDirection="column">
      {totalLines.map((line) => (
        <Text key={line[0]?.[1]} wrap="truncate">
          {line.map(([label, field]) => (
            <Text key={field}>
              <Text dimColor>{label.padEnd(labelWidth)}</Text>
              <Text bold>{newest(series[field]).padStart(valueWidth)}</Text>
              <Text color="green">{` ${drawing(series[field], room)}  `}</Text>
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  );
}
