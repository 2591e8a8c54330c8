/** For every request of the contract a valid input and a valid reply; for every event a valid payload. */
import type { EventName, EventPayload, RequestInput, RequestName, RequestReply } from '../../shared/api/contract.ts'

const project = { folder: '/data/hippocampus', name: 'Hippocampus', cases: 12, labelled: 3 }
const job = {
  id: 'job-1',
  kind: 'import' as const,
  state: 'running' as const,
  stage: 'Reading scans',
  done: 3,
  total: 12,
  etaSeconds: null,
  perSecond: 2.5,
  message: '',
}
const affine: [Row, Row, Row, Row] = [
  [1, 0, 0, -20.5],
  [0, 1, 0, 10],
  [0, 0, 1.25, 0],
  [0, 0, 0, 1],
]
type Row = [number, number, number, number]
const volume = {
  url: '/volume/case-1',
  type: 'int16' as const,
  shape: [35, 51, 35] as [number, number, number],
  spacing: [1, 1, 1.25] as [number, number, number],
  affine,
  channels: 1,
  window: [[0, 812.5]] as [number, number][],
}
const label = { value: 1, name: 'Anterior', color: '#d62728', key: 1 }
const version = {
  id: 'version-1',
  caseId: 'case-1',
  kind: 'label' as const,
  author: 'imported',
  parentId: null,
  modelId: null,
  created: '2026-01-02T03:04:05.000Z',
  sha256: 'ab'.repeat(32),
  volumes: [{ value: 1, voxels: 1200, millilitres: 1.2 }],
}
const review = {
  proposalId: 'version-1',
  value: 1,
  decision: 'accepted' as const,
  author: 'you',
  created: '2026-01-02T03:04:05.000Z',
}
const trainingRequest = {
  minutes: 3,
  task: 'rotation' as const,
  recipe: 'handful' as const,
  twin: true,
  accepted: true,
  seed: 7,
  device: 'cpu',
}
const evaluation = {
  modelId: 'model-1',
  cases: [
    {
      caseId: 'case-2',
      name: 'hippocampus_002',
      labels: [
        { value: 1, name: 'Anterior', dice: 0.81, hd95: 1.41, millilitres: 1.1, referenceMillilitres: 1.2 },
        { value: 2, name: 'Posterior', dice: null, hd95: null, millilitres: 0, referenceMillilitres: 0 },
      ],
      dice: 0.81,
    },
  ],
  dice: 0.81,
  method: 'validation' as const,
  seenInPretraining: [],
  seenInTraining: [],
}
const training = {
  id: 'training-1',
  state: 'running' as const,
  request: trainingRequest,
  created: '2026-01-02T03:04:05.000Z',
  stages: [
    {
      key: 'pretrain' as const,
      name: 'Pretraining',
      state: 'running' as const,
      runId: 'run-1',
      done: 10,
      total: 100,
      etaSeconds: 12.5,
      seconds: 1.5,
    },
  ],
  device: 'CPU, 2 threads',
  message: '',
  modelId: null,
  scratchModelId: null,
  evaluation: null,
  scratchEvaluation: evaluation,
}
const model = {
  id: 'model-1',
  runId: 'run-2',
  name: 'Model 1',
  created: '2026-01-02T03:04:05.000Z',
  cases: ['case-1'],
  fromRunId: 'run-1',
  steps: 400,
  dice: 0.81,
}
const entry = { ...model, active: true, twin: false, imported: false, removed: null }
const series = {
  id: 'series-1',
  name: 'hippocampus_001',
  modality: 'MR',
  shape: null,
  spacing: null,
  affine: null,
  dtype: null,
  channels: 1,
  status: 'refused' as const,
  reason: 'The file ends early. Copy it again from its source.',
}

const preferences: RequestReply<'preferences.get'> = {
  name: 'Li Wei',
  language: 'zh',
  theme: 'system',
  keys: { undo: ['ctrl+z', 'u'] },
  views: {
    '/data/hippocampus': { presets: [{ name: 'Liver', window: [-20, 180] }], windows: { 'CT-0': [-160, 240] } },
  },
}

type Samples = { [N in RequestName]: { input: RequestInput<N>; reply: RequestReply<N> } }

export const samples: Samples = {
  'app.info': {
    input: undefined,
    reply: {
      version: '0.1.0',
      mode: 'workstation',
      demoAvailable: true,
      nativeDialogs: false,
      homeFolder: '/home/ada',
    },
  },
  'app.devices': { input: undefined, reply: [{ id: 'cpu', name: 'CPU', ok: true, detail: '2 threads' }] },
  'preferences.get': { input: undefined, reply: preferences },
  'preferences.set': { input: preferences, reply: preferences },
  'menu.show': {
    input: {
      menus: [
        {
          label: '编辑',
          items: [
            { kind: 'command', id: 'undo', label: 'Undo: Brush', key: 'CmdOrCtrl+Z', enabled: true },
            { kind: 'line' },
            { kind: 'role', role: 'copy', label: 'Copy' },
          ],
        },
      ],
    },
    reply: undefined,
  },
  'app.pickFolder': { input: { title: 'Choose a folder' }, reply: null },
  'folders.list': {
    input: { path: null },
    reply: { path: '/home/ada', parent: '/home', folders: ['Bilder', '画像'], files: 3 },
  },
  'project.recent': { input: undefined, reply: [{ folder: '/data/hippocampus', name: 'Hippocampus' }] },
  'project.create': { input: { folder: '/data/new', name: 'Größe “1”' }, reply: project },
  'project.open': { input: { folder: '/data/hippocampus' }, reply: project },
  'project.close': { input: undefined, reply: undefined },
  'project.current': { input: undefined, reply: null },
  'project.demo': { input: undefined, reply: project },
  'import.prepare': { input: undefined, reply: undefined },
  'import.start': {
    input: {
      paths: ['/scans'],
      labelFolder: null,
      channels: { names: ['t1', 't2'], resample: true },
      fourth: 'each',
      modality: 'CT',
    },
    reply: { jobId: 'job-1' },
  },
  'import.saveReport': {
    input: { jobId: 'job-1', folder: '/out', format: 'csv' },
    reply: { file: '/out/import-1.csv' },
  },
  'cases.splitChannels': { input: { caseId: 'case-1' }, reply: { jobId: 'job-1' } },
  'import.report': {
    input: { jobId: 'job-1' },
    reply: {
      files: 3,
      seconds: 1.5,
      series: [series],
      labels: [{ name: 'a.nii.gz', case: null, status: 'refused', reason: 'No such case.' }],
    },
  },
  'jobs.get': { input: { jobId: 'job-1' }, reply: job },
  'jobs.cancel': { input: { jobId: 'job-1' }, reply: undefined },
  'cases.list': {
    input: undefined,
    reply: [
      {
        id: 'case-1',
        name: 'hippocampus_001',
        modality: 'MR',
        shape: [35, 51, 35],
        spacing: [1, 1, 1.25],
        channels: 1,
        channelNames: null,
        role: 'training',
        status: 'labelled',
        warning: null,
        labelVersionId: 'version-1',
        proposalVersionId: null,
        undecided: [],
        inReview: false,
        uncertainty: null,
        thumbnailUrl: '/thumbnail/case-1.png',
      },
    ],
  },
  'cases.setRole': { input: { caseIds: ['case-1', 'case-2'], role: 'validation' }, reply: undefined },
  'cases.remove': { input: { caseIds: ['case-1'] }, reply: undefined },
  'trash.list': {
    input: undefined,
    reply: [{ id: 'case-1', name: 'scan', modality: 'MR', removed: '2026-01-02T03:04:05.000Z', labelVersions: 2 }],
  },
  'trash.restore': { input: { caseIds: ['case-1'] }, reply: undefined },
  'trash.empty': { input: undefined, reply: { cases: 1, bytes: 1200 } },
  'library.missing': { input: undefined, reply: [{ folder: '/scans', scans: 2, files: 300 }] },
  'library.relocate': { input: { from: '/scans', to: '/new' }, reply: { scans: 2, files: 300, missing: 0 } },
  'library.backups': {
    input: undefined,
    reply: [{ folder: '/p/backups/daily-1', created: '2026-01-02T03:04:05.000Z', labels: 7, automatic: true }],
  },
  'library.backUp': { input: { into: null }, reply: { folder: '/p/backups/backup-1' } },
  'library.restore': { input: { backup: '/p/backups/backup-1' }, reply: project },
  'library.check': { input: undefined, reply: { jobId: 'job-1' } },
  'cases.suggest': { input: undefined, reply: { caseId: 'case-1', reason: { kind: 'typical', of: 12 } } },
  'volume.open': { input: { caseId: 'case-1' }, reply: volume },
  'labels.set': { input: undefined, reply: [label] },
  'labels.used': { input: undefined, reply: [1, 2] },
  'labels.changeSet': { input: { labels: [label, { ...label, value: 2, key: null }] }, reply: [label] },
  'labels.remove': { input: { value: 1 }, reply: { labels: [], versions: [version] } },
  'labels.restore': {
    input: { label, at: 0, versionIds: ['version-1'] },
    reply: { labels: [label], versions: [version] },
  },
  'labels.versions': { input: { caseId: 'case-1' }, reply: [version] },
  'labels.open': { input: { versionId: 'version-1' }, reply: { ...volume, url: '/labels/version-1', type: 'uint8' } },
  'reviews.list': { input: { caseId: 'case-1' }, reply: [review] },
  'reviews.decide': { input: { proposalId: 'version-1', values: [1], decision: 'accepted' }, reply: [review] },
  'training.estimate': {
    input: trainingRequest,
    reply: {
      trainingCases: ['case-1'],
      labelledCases: ['case-1'],
      validationCases: [],
      acceptedCases: [],
      leftOutCases: [],
      memory: { bytes: 4e8, available: 8e9 },
      plan: { spacing: [1, 1, 1], patch: [40, 56, 40] },
      stages: [{ key: 'pretrain', name: 'Pretraining', minutes: 1.5, what: 'Learns from all scans.' }],
      device: 'CPU, 2 threads',
      obstacle: null,
    },
  },
  'training.start': { input: trainingRequest, reply: training },
  'training.current': { input: undefined, reply: null },
  'training.cancel': { input: { trainingId: 'training-1' }, reply: undefined },
  'training.pause': { input: { trainingId: 'training-1' }, reply: undefined },
  'training.report': { input: { trainingId: 'training-1', folder: '/out' }, reply: { file: '/out/report.html' } },
  'training.resume': { input: { trainingId: 'training-1' }, reply: training },
  'runs.list': {
    input: undefined,
    reply: [
      {
        id: 'run-1',
        kind: 'pretrain',
        state: 'running',
        task: 'rotation',
        recipe: 'handful',
        fromRunId: null,
        modelId: null,
        seed: 7,
        cases: ['case-1'],
        device: null,
        step: 10,
        steps: null,
        created: '2026-01-02T03:04:05.000Z',
        started: null,
        finished: null,
        reason: null,
      },
    ],
  },
  'runs.metrics': {
    input: { runId: 'run-1' },
    reply: [{ step: 1, seconds: 0.25, values: { 'pretext loss': 2.3, 'pretext accuracy': 0.1 } }],
  },
  'models.exportOnnx': {
    input: { modelId: 'model-1', path: '/out', weights: 'last' },
    reply: { file: '/out/model-1.onnx' },
  },
  'runs.chance': { input: { runId: 'run-1' }, reply: 0.1 },
  'runs.pictures': { input: { runId: 'run-2' }, reply: null },
  'models.list': { input: undefined, reply: [entry, { ...entry, id: 'model-2', dice: null, fromRunId: null }] },
  'models.details': {
    input: { modelId: 'model-1' },
    reply: {
      model,
      caseNames: ['hippocampus_001'],
      evaluation,
      plan: null,
      task: 'rotation',
      recipe: 'handful',
      selfLabelled: 0,
      pieces: [{ name: 'Liver', count: 1 }],
      seed: 7,
      device: null,
      seconds: 60,
    },
  },
  'models.use': { input: { modelId: 'model-1' }, reply: [entry] },
  'models.remove': { input: { modelId: 'model-1' }, reply: [{ ...entry, removed: '2026-01-02T03:04:05.000Z' }] },
  'models.restore': { input: { modelId: 'model-1' }, reply: [entry] },
  'models.purge': { input: { modelId: 'model-1' }, reply: [] },
  'models.export': { input: { modelId: 'model-1', folder: '/out' }, reply: { file: '/out/Model 1.handful-model' } },
  'evaluations.get': { input: { modelId: 'model-1' }, reply: evaluation },
  'predict.start': { input: { modelId: 'model-1', caseIds: ['case-3'] }, reply: { jobId: 'job-2' } },
  'export.start': {
    input: { caseIds: ['case-1'], what: 'best', format: 'seg', patient: 'linked', folder: '/out' },
    reply: { jobId: 'job-3' },
  },
}

export const payloads: { [N in EventName]: EventPayload<N> } = {
  job,
  'cases.changed': {},
  'menu.chosen': { id: 'import' },
  'project.changed': project,
  'training.changed': training,
  'run.metric': { runId: 'run-1', metric: { step: 1, seconds: 0.25, values: { 'segmentation loss': 0.9 } } },
}
