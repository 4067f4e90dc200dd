// SPDX-License-Identifier: LGPL-2.1-or-later
// A gear wheel: eight teeth, and a shaft
// hole of radius 0.15. The rim is r(t) = 0.5 + 0.06 s (1.3 - 0.3 s^2), s = sin(8 t).
n = 96; h = 0.04;
Point(1) = {0, 0, 0, h};
For i In {0 : n - 1}
  t = 2 * Pi * i / n;
  s = Sin(8 * t);
  r = 0.5 + 0.06 * s * (1.3 - 0.3 * s * s);
  Point(100 + i) = {r * Cos(t), r * Sin(t), 0, h};
EndFor
For i In {0 : n - 1}
  Line(100 + i) = {100 + i, 100 + (i + 1) % n};
EndFor
g = 0.05;
Point(2) = {0.15, 0, 0, g};  Point(3) = {0, 0.15, 0, g};
Point(4) = {-0.15, 0, 0, g}; Point(5) = {0, -0.15, 0, g};
Circle(1) = {2, 1, 3}; Circle(2) = {3, 1, 4};
Circle(3) = {4, 1, 5}; Circle(4) = {5, 1, 2};
Curve Loop(1) = {100 : 100 + n - 1};
Curve Loop(2) = {1, 2, 3, 4};
Plane Surface(1) = {1, 2};
Physical Curve(1) = {100 : 100 + n - 1}; // rim
Physical Curve(2) = {1, 2, 3, 4};        // shaft
Physical Surface(1) = {1};
