export default {
  files: ['build/test/**/*.test.js'],
  snapshotDir: 'test/snapshots',
  timeout: '120s',
};
