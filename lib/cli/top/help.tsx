import { Box, Text } from 'ink';
import { keyHelp } from './keys.js';

const width = Math.max(...keyHelp.map(([keys]) => keys.length)) + 3;

/** What the keys do. */
export function Help({ lines }: { readonly lines: number }) {
  return (
    <Box flexDirection="column">
      {keyHelp.slice(0, Math.max(0, lines - 1)).map(([keys, does]) => (
        <Text key={keys} wrap="truncate">
          <Text bold>{`  ${keys.padEnd(width)}`}</Text>
          {does}
        </Text>
      ))}
      <Text dimColor>{'  Any key goes back.'}</Text>
    </Box>
  );
}
