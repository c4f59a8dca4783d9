import { describe, expect, it } from 'vitest';
import { adapterOf, explainNoAdapter } from '../../src/engine/webgpu-adapter.js';

const device = (id: string, vendor: string, type = 1): string =>
  `… Discovered OrtHardwareDevice {vendor_id:0x${id}, device_id:0x2684, vendor:${vendor}, type:${type}, metadata: []}\n`;

describe('adapterOf', () => {
  it.each([
    [[], device('10de', ''), 'linux', 'NVIDIA GPU (Vulkan)', false],
    [['libvulkan_radeon'], device('1002', 'AMD'), 'linux', 'AMD GPU (Vulkan)', false],
    [[], device('106b', 'Apple'), 'darwin', 'Apple GPU (Metal)', false],
    [[], device('1234', 'Moore '), 'win32', 'Moore GPU (Direct3D 12)', false],
    [[], '', 'win32', 'GPU (Direct3D 12)', false],
    [['libvk_swiftshader'], '', 'linux', 'SwiftShader on the processor (Vulkan)', true],
    // A GPU that is there, but that nobody handed to this container.
    [
      ['libvulkan_lvp'],
      device('10de', 'NVIDIA'),
      'linux',
      'lavapipe on the processor (Vulkan)',
      true,
    ],
    [['libGLX_nvidia', 'libvulkan_lvp'], device('10de', ''), 'linux', 'NVIDIA GPU (Vulkan)', false],
  ] as const)('%j, %s on %s is %s', (drivers, log, platform, name, isSoftware) => {
    // Processors are devices too.
    const all = device('1022', 'AMD', 0) + log;
    expect(adapterOf(drivers, all, platform)).toEqual({ name, isSoftware });
  });
});

describe('explainNoAdapter', () => {
  const none = 'x.cc:136 Failed to get a WebGPU adapter: No supported adapters\n';
  it.each([
    [
      none,
      "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open",
      'apt-get install libvulkan1',
    ],
    [none, 'Warning: vkCreateInstance: Found no drivers!', 'install that of its maker'],
    [none, 'Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.', 'Mesa 25 or newer'],
    [none, '', 'Vulkan offers no GPU that WebGPU can use'],
    ['it is on fire\nand more', '', 'it is on fire'],
  ])('%s with %s says what to do', (why, log, line) => {
    const told = explainNoAdapter(why, log, 'linux');
    expect(told).toContain(line);
    expect(told).not.toContain('\n');
  });
});
