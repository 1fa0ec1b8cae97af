// Draws the growth.json of a folder: the plots are put beside it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pages } from './pages.js';
import { drawPage } from './plot.js';
import type { GrowthReport } from './series.js';

const [folder = 'docs'] = process.argv.slice(2);
const report = JSON.parse(await readFile(join(folder, 'growth.json'), 'utf8')) as GrowthReport;
for (const page of pages) await writeFile(join(folder, page.file), await drawPage(page, report));
