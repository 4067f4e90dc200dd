// SPDX-License-Identifier: LGPL-2.1-or-later
// The square (-1,1)^2 without its lower right quarter.
h = 0.12; g = 0.04;
Point(1) = {-1, -1, 0, h}; Point(2) = {0, -1, 0, h}; Point(3) = {0, 0, 0, g};
Point(4) = {1, 0, 0, h};   Point(5) = {1, 1, 0, h};  Point(6) = {-1, 1, 0, h};
Line(1) = {6, 1}; Line(2) = {1, 2}; Line(3) = {2, 3};
Line(4) = {3, 4}; Line(5) = {4, 5}; Line(6) = {5, 6};
Curve Loop(1) = {1, 2, 3, 4, 5, 6};
Plane Surface(1) = {1};
Physical Curve(1) = {1};    // left
Physical Curve(2) = {5};    // right
Physical Curve(3) = {2};    // bottom
Physical Curve(4) = {6};    // top
Physical Curve(5) = {3, 4}; // the two sides of the inner corner
Physical Surface(1) = {1};
