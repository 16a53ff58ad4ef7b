// What segments look like: circles, straight pieces and boxes, by least squares.
#include <algorithm>
#include <cmath>

#include "arrays.hpp"

namespace perception {
namespace {

// The rows of a table of shapes, and the kinds, as in shapes.py and in core/values.
enum { X, Y, RADIUS, DEVIATION, WHOLE, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING, ROWS };
const double CIRCLE = 0.0, SEGMENT = 1.0, BOX = 2.0;

const double PI = 3.14159265358979323846;
// How far, in radii, the visible points of a circle are in front of its centre, on average.
const double MEAN_DEPTH = PI / 4.0;
// Variance of that depth over the points, in squared radii: 2/3 - pi^2/16.
const double ROUND_DEPTH = 0.0498;
// The half angle beyond which a circle is too close to be measured by its width.
const double WIDEST_HALF = std::asin(0.8);
// What is taken for the radius (m) of things of which only a part is seen.
const double USUAL_RADIUS = 0.25;
// With fewer points a circle that is seen whole is measured by its width, not by a fit.
const Index FEW = 12;

struct Settings {
  Index minimum_points;
  Index round_points;
  double round_tolerance;
  double minimum_radius;
  double maximum_radius;
  double noise;
};

struct Sensor {
  double x, y;
  double increment;
  // 1 when beams follow each other to the left, -1 when to the right.
  double turn;
};

// Points from `first` to `last`, not longer than an obstacle may be.
struct Piece {
  Index first, last;
  bool is_wall, begins_cut, ends_cut;

  Index count() const { return last - first + 1; }
  bool is_whole() const { return !(is_wall || begins_cut || ends_cut); }
};

struct Circle {
  double x, y, radius;
};

// The mean point of a piece, its main direction, and how well a line and a circle fit.
struct Fit {
  double x, y;
  // Along the line and across it (m2).
  double along, across;
  double heading;
  // The circle is that of Kasa; its error is the variance of the distances from it (m2).
  Circle circle;
  double round_error;
};

Fit fit(const double* x, const double* y, Index count) {
  const double share = 1.0 / double(count);
  Fit fit{};
  for (Index i = 0; i < count; ++i) fit.x += x[i], fit.y += y[i];
  fit.x *= share;
  fit.y *= share;
  double xx = 0, yy = 0, xy = 0, xz = 0, yz = 0, zz = 0;
  for (Index i = 0; i < count; ++i) {
    const double u = x[i] - fit.x, v = y[i] - fit.y, w = u * u + v * v;
    xx += u * u, yy += v * v, xy += u * v, xz += u * w, yz += v * w, zz += w * w;
  }
  xx *= share, yy *= share, xy *= share, xz *= share, yz *= share, zz *= share;
  const double both = xx + yy, half_difference = 0.5 * (xx - yy);
  const double root = std::hypot(half_difference, xy);
  fit.along = 0.5 * both + root;
  fit.across = std::max(0.5 * both - root, 0.0);
  fit.heading = 0.5 * std::atan2(xy, half_difference);
  // The centre solves [[xx, xy], [xy, yy]] centre = 0.5 [xz, yz].
  const double factor = 0.5 / std::max(fit.along * fit.across, 1e-12);
  const double centre_x = factor * (xz * yy - yz * xy), centre_y = factor * (yz * xx - xz * xy);
  const double square = centre_x * centre_x + centre_y * centre_y + both;
  fit.circle = {fit.x + centre_x, fit.y + centre_y, std::sqrt(square)};
  const double off = zz - both * both - 2.0 * (centre_x * xz + centre_y * yz);
  fit.round_error = off / (4.0 * square + 1e-12);
  return fit;
}

// Around the middle between the ends, so that it holds all points.
Circle around(const double* x, const double* y, Index count) {
  Circle circle{0.5 * (x[0] + x[count - 1]), 0.5 * (y[0] + y[count - 1]), 0.0};
  double square = 0.0;
  for (Index i = 0; i < count; ++i) {
    const double off_x = x[i] - circle.x, off_y = y[i] - circle.y;
    square = std::max(square, off_x * off_x + off_y * off_y);
  }
  circle.radius = std::sqrt(square);
  return circle;
}

// A guess for something of which a part is hidden. What is seen is taken for a part of something
// at least as large as is usual, that goes on at the hidden end, away from the sensor.
Circle completed(const Piece& piece, const Fit& fit, double half_chord, const Sensor& sensor) {
  const double radius = std::max(1.2 * half_chord, USUAL_RADIUS);
  double away_x = fit.x - sensor.x, away_y = fit.y - sensor.y;
  const double distance = std::max(std::hypot(away_x, away_y), 1e-9);
  away_x /= distance;
  away_y /= distance;
  // Positive angles are to the left of what is seen: there the last point is.
  const double hidden = double(piece.ends_cut) - double(piece.begins_cut);
  const double side = hidden * (radius - half_chord) * sensor.turn;
  const double deep = MEAN_DEPTH * radius;
  return {fit.x + deep * away_x - side * away_y, fit.y + deep * away_y + side * away_x,
          std::hypot(deep, side) + half_chord};
}

// Whether a circle fits far better than a line, and its centre is behind the points.
bool is_plainly_round(const Fit& fit, double flat_error, const Sensor& sensor,
                      const Settings& settings) {
  const double behind = (fit.circle.x - fit.x) * (fit.x - sensor.x) +
                        (fit.circle.y - fit.y) * (fit.y - sensor.y);
  const double least = settings.noise * settings.noise;
  return behind > 0.0 && fit.circle.radius <= settings.maximum_radius &&
         flat_error > 2.0 * std::max(fit.round_error, least);
}

// Write one column of the table, whose rows have room for `size`.
void describe(const Piece& piece, const Array<double>& points, const Array<Index>& beams,
              const Sensor& sensor, const Settings& settings, double* column, Index size) {
  const Index count = piece.count();
  const double* x = points.row(0) + piece.first;
  const double* y = points.row(1) + piece.first;
  const Fit found = fit(x, y, count);
  const double distance = std::hypot(found.x - sensor.x, found.y - sensor.y);
  // Seen from here a circle is as wide as this, and its points are so far in front of it.
  const double width = double(beams[piece.last] - beams[piece.first] + 1);
  const double sine = std::sin(std::min(0.5 * width * sensor.increment, WIDEST_HALF));
  const double scale = 1.0 / (1.0 - MEAN_DEPTH * sine);
  const Circle seen{(found.x - sensor.x) * scale + sensor.x,
                    (found.y - sensor.y) * scale + sensor.y, distance * scale * sine};
  const bool is_whole = piece.is_whole();
  const double noise = settings.noise * settings.noise;
  const double flat_error = found.across * double(count) / std::max(double(count) - 2.0, 0.5);
  const bool is_few = count < settings.round_points;
  const bool is_bent =
      found.round_error <= settings.round_tolerance * settings.round_tolerance;
  const double depth = noise + 0.3 * ROUND_DEPTH * seen.radius * seen.radius;
  const bool is_flat = flat_error < (is_whole ? depth : 4.0 * noise);
  bool is_fitted = is_bent && !is_few && !piece.is_wall &&
                   is_plainly_round(found, flat_error, sensor, settings);
  const bool is_circle = is_fitted || (is_whole && seen.radius <= settings.maximum_radius &&
                                       (is_bent || is_few) && !is_flat);
  is_fitted = is_fitted && (!is_whole || count >= FEW);
  const bool is_straight = is_flat || is_few;

  Circle circle = around(x, y, count);
  if (is_fitted) {
    circle = found.circle;
  } else if (is_circle) {
    circle = seen;
  } else if (!is_whole && !piece.is_wall) {
    // Unless it is plainly straight.
    const double sagitta = circle.radius * circle.radius / settings.maximum_radius;
    const bool is_open = found.across >= noise + 0.03 * sagitta * sagitta || is_few;
    if (is_open) circle = completed(piece, found, circle.radius, sensor);
  }
  circle.radius = std::max(circle.radius, settings.minimum_radius);
  const double exact = 0.02 + 0.3 * sensor.increment * distance;
  // Points that are spread evenly tell the extents by their variance.
  const double length = std::sqrt(12.0 * found.along);
  const double breadth = is_straight ? 0.0 : std::sqrt(12.0 * found.across);
  column[X * size] = circle.x;
  column[Y * size] = circle.y;
  column[RADIUS * size] = circle.radius;
  column[DEVIATION * size] = is_whole ? exact : is_circle ? 0.06 : 0.15;
  column[WHOLE * size] = is_whole;
  column[WALL * size] = piece.is_wall;
  column[KIND * size] = is_circle ? CIRCLE : is_straight ? SEGMENT : BOX;
  column[CONFIDENCE * size] = double(count) / double(count + settings.minimum_points);
  column[LENGTH * size] = is_circle ? 2.0 * circle.radius : length;
  column[WIDTH * size] = is_circle ? 2.0 * circle.radius : breadth;
  column[HEADING * size] = is_circle ? 0.0 : found.heading;
}

// Whether a segment longer than an obstacle is not the visible half of one large circle: that is
// longer than its diameter, but its chord is not.
bool is_wall(const Array<double>& points, const Piece& whole, double length, double largest) {
  const double x = points.row(0)[whole.last] - points.row(0)[whole.first];
  const double y = points.row(1)[whole.last] - points.row(1)[whole.first];
  return x * x + y * y > 4.0 * largest * largest || length >= PI * largest;
}

// Add a segment, cut into equal pieces where it is longer than an obstacle.
void add_pieces(const Array<double>& points, const Array<double>& steps, Piece segment,
                double largest, std::vector<Piece>& pieces) {
  double length = 0.0;
  for (Index i = segment.first; i < segment.last; ++i) length += steps[i];
  if (!(length >= 2.0 * largest) || !is_wall(points, segment, length, largest)) {
    pieces.push_back(segment);
    return;
  }
  segment.is_wall = true;
  const double count = std::floor(length * 0.5 / largest) + 1.0;
  // A little more, so that the last point is not beyond the last piece.
  const double step = length * (1.0 + 1e-9) / count;
  Piece piece = segment;
  double way = 0.0, border = step;
  for (Index point = segment.first + 1; point <= segment.last; ++point) {
    way += steps[point - 1];
    if (way < border) continue;
    while (border <= way) border += step;
    // A piece of one point at the end of a wall would say nothing of its own.
    const Index first = std::min(point, segment.last - 1);
    if (first == piece.first) continue;
    piece.last = first - 1;
    pieces.push_back(piece);
    piece.first = first;
  }
  piece.last = segment.last;
  pieces.push_back(piece);
}

}  // namespace

PyObject* shapes(Arguments& arguments) {
  const Array<double> points(arguments.next());
  const Array<Index> starts(arguments.next());
  const Array<Index> counts(arguments.next());
  const Array<bool> is_cut(arguments.next());
  const Array<Index> beams(arguments.next());
  const Array<double> steps(arguments.next());
  Sensor sensor{};
  sensor.increment = arguments.number();
  sensor.turn = arguments.number();
  sensor.x = arguments.number();
  sensor.y = arguments.number();
  Settings settings{};
  settings.minimum_points = arguments.whole();
  settings.round_points = arguments.whole();
  settings.round_tolerance = arguments.number();
  settings.minimum_radius = arguments.number();
  settings.maximum_radius = arguments.number();
  settings.noise = arguments.number();
  if (!(settings.maximum_radius > 0.0)) refuse("the largest radius is not positive");

  const Index size = points.size(), segments = starts.size();
  points.of(2, size);
  beams.of(1, size);
  counts.of(1, segments);
  is_cut.of(2, segments);
  steps.of(1, std::max<Index>(size - 1, 0));
  std::vector<Piece> pieces;
  for (Index i = 0; i < segments; ++i) {
    const bool fits = starts[i] >= 0 && starts[i] <= size && counts[i] >= 1 &&
                      counts[i] <= size - starts[i];
    if (!fits) refuse("no such points");
    if (counts[i] < settings.minimum_points) continue;
    const Piece segment{starts[i], starts[i] + counts[i] - 1, false, is_cut.row(0)[i],
                        is_cut.row(1)[i]};
    add_pieces(points, steps, segment, settings.maximum_radius, pieces);
  }
  const Index count = Index(pieces.size());
  std::vector<double> table(ROWS * count);
  for (Index i = 0; i < count; ++i) {
    describe(pieces[i], points, beams, sensor, settings, table.data() + i, count);
  }
  return bytes_of(table);
}

}  // namespace perception
