import { Box, Text, useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { Help } from './help.js';
import { actionOf, keysOf } from './keys.js';
import { showsTotals } from './size.js';
import type { Store } from './store.js';
import { Table } from './table.js';
import { amountsText, type Facts, failureText, fitTo, placeText, timeText } from './texts.js';
import { Totals } from './totals.js';

interface ViewProps {
  readonly store: Store;
  readonly facts: Facts;
  /** Lets everything be drawn again. */
  readonly redraw: () => void;
}

/** The whole screen. */
export function View({ store, facts, redraw }: ViewProps) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, flags) => {
    for (const key of keysOf(input, flags)) {
      const action = actionOf(key, store.get());
      if (action?.kind === 'refresh') redraw();
      if (action !== undefined) store.dispatch(action);
    }
  });
  const { size, failure, history, filter, isPaused, isTyping, isHelpShown } = state;
  const width = size.columns;
  const tall = showsTotals(size);
  return (
    <Box flexDirection="column" width={width} height={size.rows} overflow="hidden">
      <Title width={width} place={placeText(facts)} time={timeText(state)} isPaused={isPaused} />
      {tall && !isHelpShown && <Totals series={history.totals} width={width} />}
      {tall && <Text wrap="truncate">{amountsText(state)}</Text>}
      <Text wrap="truncate" color="red" bold>
        {failure === undefined ? ' ' : failureText(state)}
      </Text>
      {isHelpShown ? <Help lines={size.rows - 4} /> : <Table state={state} />}
      <Box flexGrow={1} />
      <Foot isTyping={isTyping} filter={filter} width={width} />
    </Box>
  );
}

interface TitleProps {
  readonly width: number;
  readonly place: string;
  readonly time: string;
  readonly isPaused: boolean;
}

function Title({ width, place, time, isPaused }: TitleProps) {
  const badge = isPaused ? ' PAUSED ' : '';
  const rest = width - 'ipvs top  '.length - badge.length - time.length - 3;
  return (
    <Text wrap="truncate">
      <Text bold color="cyan">
        ipvs top
      </Text>
      {`  ${fitTo(place, rest)} `}
      <Text inverse color="yellow">
        {badge}
      </Text>
      {` ${time}`}
    </Text>
  );
}

interface FootProps {
  readonly isTyping: boolean;
  readonly filter: string;
  readonly width: number;
}

const hints = [
  ['q', 'quit'],
  ['?', 'help'],
  ['/', 'filter'],
  ['s', 'sort'],
  ['r', 'reverse'],
  ['m', 'mode'],
  ['Space', 'fold'],
  ['p', 'pause'],
] as const;

function Foot({ isTyping, filter, width }: FootProps) {
  if (isTyping) {
    return (
      <Text wrap="truncate">{fitTo(`/${filter}▏  Enter keeps it, Esc clears it`, width - 1)}</Text>
    );
  }
  return (
    <Text wrap="truncate">
      {hints.map(([key, does]) => (
        <Text key={key}>
          <Text bold>{key}</Text>
          <Text dimColor>{` ${does}  `}</Text>
        </Text>
      ))}
      {filter !== '' && <Text color="yellow">{`filter "${filter}", Esc clears it`}</Text>}
    </Text>
  );
}
