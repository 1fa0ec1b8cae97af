// Builds the site of the documentation into build/site: the guides of docs/, and the reference that TypeDoc makes of the
// types. Every warning is an error, and so is a link that leads nowhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Application, Converter, PageEvent } from 'typedoc';
import { apiEntries } from './entries.js';
import { brokenLinks } from './links.js';
import { root } from './prepare.js';

/** The guides in reading order; others that docs/ has come after them. */
const order = [
  'guide/getting-started',
  'guide/replacing-ipvsadm',
  'ipvsadm',
  'declarative',
  'guide/draining',
  'guide/affinity',
  'guide/failover',
  'guide/namespaces',
  'guide/virtual-addresses',
  'guide/packet-path',
  'guide/sysctls',
  'performance',
  'reliability',
  'guide/troubleshooting',
  'doctor',
  'command',
  'metrics',
  'lab',
  'codes',
  'stability',
].map((name) => `docs/${name}.md`);

/** @returns {string[]} the pages, by path from the root of the project */
function pages() {
  const present = ['docs', 'docs/guide'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
  const last = present.filter((page) => !order.includes(page));
  return [...order.filter((page) => existsSync(join(root, page))), ...last, 'CHANGELOG.md'];
}

/** @param {string} page what its first heading says */
function titleOf(page) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8')) ?? [];
  if (title === undefined) throw new Error(`${page} has no heading`);
  return title;
}

/** @param {string} out the folder of the site */
async function build(out) {
  const entries = apiEntries();
  const documents = pages();
  const application = await Application.bootstrap({
    name: 'ipvs',
    readme: join(root, 'README.md'),
    entryPoints: entries.map(({ source }) => source),
    tsconfig: join(root, 'tsconfig.build.json'),
    projectDocuments: documents.map((page) => join(root, page)),
    disableSources: true,
    excludeExternals: true,
    githubPages: false,
    hideGenerator: true,
    includeVersion: true,
    searchInComments: true,
    searchInDocuments: true,
    // The compiler has its own phase of the gate.
    skipErrorChecking: true,
    highlightLanguages: ['bash', 'ini', 'javascript', 'json', 'typescript', 'yaml'],
    validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: false },
    logLevel: 'Warn',
  });
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const [index, { name }] of entries.entries()) {
      const module = project.children?.[index];
      if (module !== undefined) module.name = name;
    }
    for (const document of project.documents ?? []) {
      const page = documents.find((each) => each === `${document.name}.md`);
      if (page === undefined) throw new Error(`${document.name} is none of the pages`);
      document.name = titleOf(page);
    }
  });
  // A folder is not a page where files are read without a server.
  application.renderer.on(PageEvent.END, (page) => {
    if (page.contents !== undefined)
      page.contents = page.contents.replaceAll('href="../#', 'href="../index.html#');
  });
  const project = await application.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the types');
  application.validate(project);
  await application.generateDocs(project, out);
  return application.logger.warningCount + application.logger.errorCount;
}

const out = resolve(process.argv[2] ?? join(root, 'build', 'site'));
const complaints = await build(out);
const broken = brokenLinks(out);
for (const { page, link } of broken) console.error(`${page}: nothing is at ${link}`);
console.log(`${relative(process.cwd(), join(out, 'index.html'))}`);
process.exitCode = complaints + broken.length > 0 ? 1 : 0;
