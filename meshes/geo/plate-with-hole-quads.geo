// SPDX-License-Identifier: LGPL-2.1-or-later
// The square (-1,1)^2 with a round hole of radius 0.4 off the centre.
h = 0.16;
Point(1) = {-1, -1, 0, h}; Point(2) = {1, -1, 0, h};
Point(3) = {1, 1, 0, h};   Point(4) = {-1, 1, 0, h};
cx = 0.1; cy = 0.05; r = 0.4; g = 0.7 * h;
Point(5) = {cx, cy, 0, g};     Point(6) = {cx + r, cy, 0, g};
Point(7) = {cx, cy + r, 0, g}; Point(8) = {cx - r, cy, 0, g};
Point(9) = {cx, cy - r, 0, g};
Line(1) = {4, 1}; Line(2) = {2, 3}; Line(3) = {1, 2}; Line(4) = {3, 4};
Circle(5) = {6, 5, 7}; Circle(6) = {7, 5, 8};
Circle(7) = {8, 5, 9}; Circle(8) = {9, 5, 6};
Curve Loop(1) = {3, 2, 4, 1};
Curve Loop(2) = {5, 6, 7, 8};
Plane Surface(1) = {1, 2};
Physical Curve(1) = {1}; // left
Physical Curve(2) = {2}; // right
Physical Curve(3) = {3}; // bottom
Physical Curve(4) = {4}; // top
Physical Curve(5) = {5, 6, 7, 8}; // hole
Physical Surface(1) = {1};
Mesh.RecombineAll = 1;
Mesh.RecombinationAlgorithm = 1;
Mesh.SubdivisionAlgorithm = 1; // every cell a quadrilateral
