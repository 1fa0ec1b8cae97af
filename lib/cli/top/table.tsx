import { Box, Text } from 'ink';
import { type Layout, layOut, widthOf } from './layout.js';
import { type Row, rowsFrom, type Sort } from './rows.js';
import { rowsThatFit } from './size.js';
import type { State } from './state.js';
import { drawing, emptyText, fitTo, headText, methodText, nameText, numbersText } from './texts.js';

/** The rows that are seen, under their heads. */
export function Table({ state }: { readonly state: State }) {
  const { mode, sorts, size, arrangement, scroll, cursor, reading, filter, history } = state;
  const layout = layOut(mode, size.columns);
  const rows = rowsFrom(arrangement, scroll, rowsThatFit(size));
  const seriesOf = ({ service, destination }: Row) =>
    destination === undefined ? (history.services.get(service.id)?.[mode] ?? []) : [];
  return (
    <Box flexDirection="column">
      <Heads layout={layout} sort={sorts[mode]} />
      {rows.length === 0 && <Text dimColor>{`  ${emptyText(reading, filter)}`}</Text>}
      {rows.map((row, index) => (
        <Line
          key={index}
          row={row}
          layout={layout}
          history={drawing(seriesOf(row), layout.history ?? 0)}
          isSelected={scroll + index === cursor}
        />
      ))}
    </Box>
  );
}

function Heads({ layout, sort }: { readonly layout: Layout; readonly sort: Sort }) {
  const arrowOf = (column: Sort['column'], up: boolean) =>
    column === sort.column ? (up === sort.isReversed ? '▼' : '▲') : '';
  const name = `   SERVICE${arrowOf('service', true)}`;
  return (
    <Text wrap="truncate">
      <Text dimColor={sort.column !== 'service'} bold={sort.column === 'service'}>
        {fitTo(name, layout.name)}
      </Text>
      {layout.method !== undefined && <Text dimColor>{`  ${fitTo('METHOD', layout.method)}`}</Text>}
      {layout.numbers.map((column) => (
        <Text key={column.title} dimColor={column !== sort.column} bold={column === sort.column}>
          {headText(column.title, widthOf(column), arrowOf(column, false))}
        </Text>
      ))}
      {layout.history !== undefined && (
        <Text dimColor>{`  ${'HISTORY'.padStart(layout.history)}`}</Text>
      )}
    </Text>
  );
}

interface LineProps {
  readonly row: Row;
  readonly layout: Layout;
  readonly history: string;
  readonly isSelected: boolean;
}

function Line({ row, layout, history, isSelected }: LineProps) {
  const { destination } = row;
  const name = fitTo(nameText(row), layout.name - 1);
  const method = layout.method === undefined ? '' : `  ${fitTo(methodText(row), layout.method)}`;
  return (
    <Text
      wrap="truncate"
      inverse={isSelected}
      bold={destination === undefined}
      dimColor={destination?.weight === 0}
    >
      {`${isSelected ? '›' : ' '}${name}${method}${numbersText(row, layout)}`}
      {layout.history !== undefined && <Text color="green">{`  ${history}`}</Text>}
    </Text>
  );
}
