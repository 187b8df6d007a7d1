// A CDK app for each thing that may happen to the package cdk-imagelint; run as a program, synthesises some of them.
//
// `node cdk_scenarios.js FOLDER PROGRAMS NAME…`: writes the assembly of each name to FOLDER/<name>/cdk.out and, as
// FOLDER/results.json, what CDK threw and what its validation report says. PROGRAMS is a folder of programs, by the name
// of the scenario that has no others on its PATH.
const fs = require('node:fs');
const path = require('node:path');
const { App, CfnParameter, CfnResource, NestedStack, Stack, Stage, Validations } = require('aws-cdk-lib');
const { Repository } = require('aws-cdk-lib/aws-ecr');
const { DockerImageCode, DockerImageFunction } = require('aws-cdk-lib/aws-lambda');
const { FailOn, ImagelintPlugin } = require('cdk-imagelint');

const [root, programs, ...names] = process.argv.slice(2);
const env = { account: '123456789012', region: 'eu-west-1' };

function app(folder, ...plugins) {
  const made = new App({ outdir: path.join(folder, 'cdk.out') });
  if (plugins.length > 0) Validations.of(made).addPlugins(...plugins);
  return made;
}

// A function of an image in a repository that is there; without a tag it is `latest`, as CDK has it.
function fn(scope, tagOrDigest) {
  const repository = Repository.fromRepositoryName(scope, 'Repository', 'orders');
  return new DockerImageFunction(scope, 'Fn', { code: DockerImageCode.fromEcr(repository, { tagOrDigest }) });
}

function stack(scope, tag, name = 'Api') {
  const made = new Stack(scope, name, { env });
  fn(made, tag);
  return made;
}

function raw(scope, uri) {
  const made = new Stack(scope, 'Api', { env });
  const properties = { PackageType: 'Image', Role: 'arn:aws:iam::123456789012:role/run', Code: { ImageUri: uri(made) } };
  new CfnResource(made, 'Fn', { type: 'AWS::Lambda::Function', properties });
}

// The app with the plugin as it is, and one function whose image is tagged latest.
function bad(folder, props) {
  const made = app(folder, new ImagelintPlugin(props));
  stack(made);
  return made;
}

function staged(folder, ...plugins) {
  const made = app(folder, ...plugins);
  const prod = new Stage(made, 'Prod');
  stack(prod);
  stack(made, undefined, 'Elsewhere');
  return { made, prod };
}

const scenarios = {
  good(folder) {
    const made = app(folder, new ImagelintPlugin());
    stack(made, '1.4.2');
    return made;
  },
  bad: (folder) => bad(folder),
  failing_on_warnings(folder) {
    const made = app(folder, new ImagelintPlugin({ failOn: FailOn.WARNING }));
    stack(made, 'prod');
    return made;
  },
  ignored: (folder) => bad(folder, { ignore: ['image-tag-latest', 'W9722'] }),
  strict(folder) {
    const made = app(folder, new ImagelintPlugin({ strict: true, select: ['image-tag-latest'] }));
    raw(made, (scope) => new CfnParameter(scope, 'Uri').valueAsString);
    return made;
  },
  unread(folder) {
    const made = app(folder, new ImagelintPlugin());
    raw(made, () => ({ Ref: 'Lost' }));
    return made;
  },
  configured(folder) {
    fs.writeFileSync(path.join(folder, '.imagelint.yaml'), 'ignore: [image-tag-latest]\n');
    return bad(folder);
  },
  misconfigured(folder) {
    const config = path.join(folder, 'other.yaml');
    fs.writeFileSync(config, 'fail_on: error\nignored: []\n');
    return bad(folder, { config });
  },
  in_a_relative_folder: (folder) => bad(path.relative('', folder)),
  nested(folder) {
    const made = app(folder, new ImagelintPlugin());
    fn(new NestedStack(new Stack(made, 'Api', { env }), 'Inner'));
    return made;
  },
  staged: (folder) => staged(folder, new ImagelintPlugin()).made,
  staged_alone(folder) {
    const { made, prod } = staged(folder);
    Validations.of(prod).addPlugins(new ImagelintPlugin());
    return made;
  },
  twice(folder) {
    const made = app(folder, new ImagelintPlugin(), new ImagelintPlugin());
    stack(made);
    return made;
  },
  twice_in_part(folder) {
    const { made, prod } = staged(folder, new ImagelintPlugin());
    Validations.of(prod).addPlugins(new ImagelintPlugin());
    return made;
  },
  without_functions(folder) {
    const made = app(folder, new ImagelintPlugin());
    new Repository(new Stack(made, 'Api', { env }), 'Orders');
    return made;
  },
  without_stacks: (folder) => app(folder, new ImagelintPlugin()),
  acknowledged(folder) {
    const made = app(folder, new ImagelintPlugin());
    Validations.of(stack(made)).acknowledge({ id: 'imagelint::image-tag-latest', reason: 'a demo' });
    return made;
  },
  without_a_gate: (folder) => bad(folder, { failOn: FailOn.NEVER }),
  missing: (folder) => bad(folder),
  missing_command: (folder) => bad(folder, { command: [path.join(folder, 'none')] }),
  another_program: (folder) => bad(folder),
  a_crash: (folder) => bad(folder),
  another_version: (folder) => bad(folder),
  a_warning: (folder) => bad(folder),
  by_command: (folder) => bad(folder, { command: [path.join(programs, 'by_command', 'mine'), 'first'] }),
  by_variable(folder) {
    process.env.IMAGELINT = path.join(programs, 'by_variable', 'mine');
    return bad(folder);
  },
  by_uvx: (folder) => staged(folder, new ImagelintPlugin()).made,
  by_pipx: (folder) => bad(folder),
};

function synthesise(name) {
  const folder = path.join(root, name);
  const { PATH } = process.env;
  const own = path.join(programs, name);
  fs.mkdirSync(folder);
  let error = null;
  try {
    if (fs.existsSync(own)) process.env.PATH = own;
    scenarios[name](folder).synth();
  } catch (thrown) {
    error = thrown.message;
  } finally {
    process.env.PATH = PATH;
    delete process.env.IMAGELINT;
  }
  const report = path.join(folder, 'cdk.out', 'validation-report.json');
  return { error, report: fs.existsSync(report) ? JSON.parse(fs.readFileSync(report, 'utf8')) : null };
}

const results = Object.fromEntries(names.map((name) => [name, synthesise(name)]));
fs.writeFileSync(path.join(root, 'results.json'), JSON.stringify(results));
