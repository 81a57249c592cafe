// GLSL of the globe. Satellites are placed by the graphics processor from their elements, so that a frame costs the same at
// any time and nothing but a few numbers of each layer goes up for it.

const PLACE = `
const float TURN = 6.283185307179586;
in float raan, phase, layer;
uniform sampler2D orbits, turns; // radius, cos and sin of the inclination; turns of node and phase since the epoch
vec3 place() {
  ivec2 at = ivec2(int(layer), 0);
  vec4 orbit = texelFetch(orbits, at, 0);
  vec2 come = texelFetch(turns, at, 0).xy;
  float node = TURN * fract(raan + come.x), u = TURN * fract(phase + come.y);
  float cn = cos(node), sn = sin(node), cu = cos(u), su = sin(u);
  return orbit.x * vec3(cn * cu - sn * su * orbit.y, sn * cu + cn * su * orbit.y, su * orbit.z);
}`;

const LIGHT = `
uniform vec3 sun;
float light(vec3 p) {
  float along = dot(p, sun);
  if (along > 0.0) return 1.0;
  float across = sqrt(max(dot(p, p) - along * along, 0.0)), half_width = 0.00465 * -along;
  return clamp((across - 1.0 + half_width) / (2.0 * half_width), 0.0, 1.0);
}`;

export const satelliteVertex = `
precision highp float;
${PLACE}
${LIGHT}
in float byte;
uniform mat4 projectionMatrix, modelViewMatrix;
uniform float size, showsLight, onlyShell;
uniform sampler2D orbitShells;
out float share;
flat out int state; // 0 a value, 1 down, 2 lost
void main() {
  vec3 p = place();
  gl_Position = projectionMatrix * modelViewMatrix * vec4(p, 1.0);
  gl_PointSize = size;
  int coded = int(byte * 255.0 + 0.5);
  state = coded == 255 ? 2 : coded == 254 ? 1 : 0;
  share = showsLight > 0.5 ? light(p) : min(float(coded) / 253.0, 1.0);
  if (onlyShell >= 0.0 && texelFetch(orbitShells, ivec2(int(layer), 0), 0).x != onlyShell) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}`;

// Discs, where there is room for them: a value is a disc, a satellite that is down a square, a lost one a cross.
export const discFragment = `
precision highp float;
in float share;
flat in int state;
uniform sampler2D ramp;
out vec4 colour;
void main() {
  vec2 at = 2.0 * gl_PointCoord - 1.0;
  if (state == 0) {
    if (dot(at, at) > 1.0) discard;
    colour = texture(ramp, vec2(share, 0.5));
  } else if (state == 1) {
    colour = vec4(0.95, 0.45, 0.85, 1.0);
  } else {
    if (min(abs(at.x - at.y), abs(at.x + at.y)) > 0.45) discard;
    colour = vec4(0.85, 0.2, 0.2, 1.0);
  }
}`;

// Where thousands share a pixel, each adds its value and one: the mean is true, whichever was drawn last.
export const sumFragment = `
precision highp float;
in float share;
flat in int state;
out vec4 sums;
void main() {
  if (state == 2) discard;
  sums = vec4(share, 1.0, state == 1 ? 1.0 : 0.0, 1.0);
}`;

export const meanVertex = `
precision highp float;
in vec3 position;
out vec2 at;
void main() {
  at = 0.5 * position.xy + 0.5;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`;

export const meanFragment = `
precision highp float;
in vec2 at;
uniform sampler2D sums, ramp;
out vec4 colour;
void main() {
  vec4 found = texture(sums, at);
  if (found.y < 0.5) discard;
  vec3 mean = texture(ramp, vec2(found.x / found.y, 0.5)).rgb;
  mean = mix(mean, vec3(0.95, 0.45, 0.85), found.z / found.y);
  colour = vec4(mean, min(0.55 + 0.12 * log2(1.0 + found.y), 0.95));
}`;

export const earthVertex = `
precision highp float;
in vec3 position;
uniform mat4 projectionMatrix, modelViewMatrix, modelMatrix;
out vec3 body, inertial;
void main() {
  body = position;
  inertial = (modelMatrix * vec4(position, 0.0)).xyz;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

export const earthFragment = `
precision highp float;
in vec3 body, inertial;
uniform sampler2D land;
uniform vec3 sun, ocean, ground, line;
uniform float night;
out vec4 colour;
void main() {
  vec3 n = normalize(body);
  float longitude = atan(n.y, n.x), latitude = asin(clamp(n.z, -1.0, 1.0));
  vec2 at = vec2(longitude / 6.283185307179586 + 0.5, latitude / 3.141592653589793 + 0.5);
  float isLand = textureLod(land, at, 0.0).r;
  vec3 base = mix(ocean, ground, isLand);
  vec2 grid = abs(fract(vec2(longitude, latitude) / 0.5235987755982988 + 0.5) - 0.5) * 0.5235987755982988;
  float near = min(grid.x * max(cos(latitude), 0.05), grid.y);
  base = mix(line, base, smoothstep(0.001, 0.005, near) * 0.35 + 0.65);
  float day = smoothstep(-0.10, 0.12, dot(normalize(inertial), sun));
  colour = vec4(base * mix(night, 1.0, day), 1.0);
}`;
