// Tracks: one Kalman filter of constant velocity each, and which of them is seen in which shape.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "arrays.hpp"

namespace perception {
namespace {

// The rows of the table of tracks, as in tracking.py.
enum {
  ID, X, Y, VX, VY, PP, VV, PV, RADIUS, SLOW_X, SLOW_Y, AGE, FIRM, MISSES, UNSEEN, EVIDENCE,
  MOVING, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING, ROWS
};
// The rows of the table of shapes, as in shapes.py. The last of a track are the last of a shape.
namespace shape {
enum { X, Y, RADIUS, DEVIATION, WHOLE, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING, ROWS };
}
static_assert(ROWS - WALL == shape::ROWS - shape::WALL, "a track ends with what its shape is");
const double CIRCLE = 0.0;

// Squared distance in standard deviations (and what else makes partners unlike) of a pair.
const double COST_LIMIT = 25.0;
const double RADIUS_TOLERANCE = 0.15;
// Time constant (s) of the place that follows slowly.
const double SLOWNESS = 0.6;

using Table = Array<double>;

struct Motion {
  double moving_speed;
  double moving_way;
  double moving_time;
  double firm_scans;
};

struct Pairs {
  std::vector<Index> rows, columns;
};

// Those of the possible pairs that are made: always the cheapest that is left.
Pairs cheapest_of(const Pairs& possible, const std::vector<double>& costs, Index rows,
                  Index columns) {
  std::vector<Index> order(costs.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index one, Index other) { return costs[one] < costs[other]; });
  std::vector<bool> has_row(rows), has_column(columns), is_made(costs.size());
  for (const Index pair : order) {
    const Index row = possible.rows[pair], column = possible.columns[pair];
    if (has_row[row] || has_column[column]) continue;
    has_row[row] = has_column[column] = is_made[pair] = true;
  }
  Pairs made;
  for (std::size_t pair = 0; pair < costs.size(); ++pair) {
    if (!is_made[pair]) continue;
    made.rows.push_back(possible.rows[pair]);
    made.columns.push_back(possible.columns[pair]);
  }
  return made;
}

PyObject* given(const Pairs& pairs) {
  return Py_BuildValue("NN", bytes_of(pairs.rows), bytes_of(pairs.columns));
}

// Tell what moves, by evidence that grows and shrinks with time.
void judge(const Table& table, Index track, bool is_clear, double elapsed, const Motion& motion) {
  const auto at = [&](int row) -> double& { return table.row(row)[track]; };
  const double way_x = at(X) - at(SLOW_X), way_y = at(Y) - at(SLOW_Y);
  const double share = elapsed / (SLOWNESS + elapsed);
  at(SLOW_X) += way_x * share;
  at(SLOW_Y) += way_y * share;
  const double square = at(VX) * at(VX) + at(VY) * at(VY);
  const double least = motion.moving_speed * motion.moving_speed;
  const bool was_moving = at(MOVING) > 0.0;
  bool supports = square > std::max(6.0 * at(VV), least) && is_clear &&
                  way_x * way_x + way_y * way_y > motion.moving_way * motion.moving_way;
  supports = supports || (was_moving && square > 0.25 * least);
  double evidence = at(EVIDENCE) + (supports ? elapsed : -elapsed);
  // Something that turns out to be a piece of a wall stands from then on.
  if (at(WALL) != 0.0) evidence = 0.0;
  evidence = std::min(std::max(evidence, 0.0), motion.moving_time);
  at(EVIDENCE) = evidence;
  at(MOVING) = evidence >= motion.moving_time - 1e-9 || (was_moving && evidence > 0.0);
}

// Take one shape into the track that it belongs to.
void take(const Table& table, Index track, const Table& seen, Index number, double elapsed,
          const Motion& motion) {
  const auto at = [&](int row) -> double& { return table.row(row)[track]; };
  const auto now = [&](int row) { return seen.row(row)[number]; };
  const bool is_wall = now(shape::WALL) > 0.0;
  const bool is_clear = now(shape::WHOLE) > 0.0 || now(shape::KIND) == CIRCLE;
  const bool is_loose = at(FIRM) < motion.firm_scans;
  double off_x = now(shape::X) - at(X), off_y = now(shape::Y) - at(Y);
  if (!(is_clear || is_loose || is_wall)) {
    // Of something known only a part is seen: as long as that lies within the circle, it says
    // nothing of where the middle is.
    const double distance = std::max(std::hypot(off_x, off_y), 1e-9);
    const double excess = std::max(1.0 - at(RADIUS) / distance, 0.0);
    off_x *= excess;
    off_y *= excess;
  }
  // A piece of a wall is where it is seen, and has no speed: its gains are one and zero.
  const double deviation = now(shape::DEVIATION), together = at(PP) + deviation * deviation;
  const double gain = is_wall ? 1.0 : at(PP) / together;
  const double speed_gain = is_wall ? 0.0 : at(PV) / together;
  const double left = is_wall ? 1.0 : 1.0 - gain;
  at(X) += gain * off_x;
  at(Y) += gain * off_y;
  at(VX) = is_wall ? 0.0 : at(VX) + speed_gain * off_x;
  at(VY) = is_wall ? 0.0 : at(VY) + speed_gain * off_y;
  at(VV) -= speed_gain * at(PV);
  at(PP) *= left;
  at(PV) *= left;
  const double wider = now(shape::RADIUS) - at(RADIUS);
  const bool is_learned = is_clear || (is_loose && wider > 0.0);
  at(RADIUS) += wider * (is_wall ? 1.0 : is_learned ? 0.3 : 0.0);
  at(FIRM) += is_clear;
  at(MISSES) = at(UNSEEN) = 0.0;
  for (int row = 0; row < ROWS - WALL; ++row) at(WALL + row) = now(shape::WALL + row);
  judge(table, track, is_clear, elapsed, motion);
}

}  // namespace

PyObject* predict(Arguments& arguments) {
  const Table table(arguments.next(), true);
  const double elapsed = arguments.number(), acceleration = arguments.number();
  table.of(ROWS, table.size());
  const double push = acceleration * acceleration * elapsed * elapsed;
  for (Index track = 0; track < table.size(); ++track) {
    const auto at = [&](int row) -> double& { return table.row(row)[track]; };
    // A speed that is not sure yet is no guide to something that is hidden.
    if (at(UNSEEN) == 0.0 || at(MOVING) > 0.0) {
      at(X) += at(VX) * elapsed;
      at(Y) += at(VY) * elapsed;
    }
    const double gained = elapsed * at(VV);
    at(PP) += elapsed * (2.0 * at(PV) + gained + 0.25 * push * elapsed);
    at(PV) += gained + 0.5 * push * elapsed;
    at(VV) += push;
    at(AGE) += elapsed;
  }
  Py_RETURN_NONE;
}

PyObject* pairs(Arguments& arguments) {
  const Table table(arguments.next());
  const Table seen(arguments.next());
  const double gate = arguments.number();
  table.of(ROWS, table.size());
  seen.of(shape::ROWS, seen.size());
  Pairs possible;
  std::vector<double> costs;
  for (Index track = 0; track < table.size(); ++track) {
    for (Index number = 0; number < seen.size(); ++number) {
      const double x = table.row(X)[track] - seen.row(shape::X)[number];
      const double y = table.row(Y)[track] - seen.row(shape::Y)[number];
      const double square = x * x + y * y;
      if (!(square <= gate * gate)) continue;
      const double deviation = seen.row(shape::DEVIATION)[number];
      const double wider = table.row(RADIUS)[track] - seen.row(shape::RADIUS)[number];
      const double cost = square / (table.row(PP)[track] + deviation * deviation) +
                          wider * wider / (RADIUS_TOLERANCE * RADIUS_TOLERANCE);
      if (!(cost <= COST_LIMIT)) continue;
      possible.rows.push_back(track);
      possible.columns.push_back(number);
      costs.push_back(cost);
    }
  }
  return given(cheapest_of(possible, costs, table.size(), seen.size()));
}

PyObject* cheapest(Arguments& arguments) {
  const Array<double> costs(arguments.next());
  Pairs possible;
  std::vector<double> listed;
  for (Index row = 0; row < costs.rows(); ++row) {
    for (Index column = 0; column < costs.size(); ++column) {
      if (!std::isfinite(costs.row(row)[column])) continue;
      possible.rows.push_back(row);
      possible.columns.push_back(column);
      listed.push_back(costs.row(row)[column]);
    }
  }
  return given(cheapest_of(possible, listed, costs.rows(), costs.size()));
}

PyObject* update(Arguments& arguments) {
  const Table table(arguments.next(), true);
  const Table seen(arguments.next());
  const Array<Index> numbers(arguments.next());
  const double elapsed = arguments.number();
  Motion motion{};
  motion.moving_speed = arguments.number();
  motion.moving_way = arguments.number();
  motion.moving_time = arguments.number();
  motion.firm_scans = arguments.number();
  table.of(ROWS, numbers.size());
  seen.of(shape::ROWS, seen.size());
  for (Index track = 0; track < table.size(); ++track) {
    if (numbers[track] < 0 || numbers[track] >= seen.size()) refuse("there is no such shape");
    take(table, track, seen, numbers[track], elapsed, motion);
  }
  Py_RETURN_NONE;
}

PyObject* unknown(Arguments& arguments) {
  const Table table(arguments.next());
  const Table seen(arguments.next());
  const Array<Index> numbers(arguments.next());
  table.of(ROWS, table.size());
  seen.of(shape::ROWS, seen.size());
  std::vector<bool> is_old(seen.size());
  for (Index i = 0; i < numbers.size(); ++i) {
    if (numbers[i] < 0 || numbers[i] >= seen.size()) refuse("there is no such shape");
    is_old[numbers[i]] = true;
  }
  std::vector<Index> found;
  for (Index number = 0; number < seen.size(); ++number) {
    if (is_old[number]) continue;
    // What is in the middle of the circle of something that is no wall is a part of it.
    const auto holds = [&](Index track) {
      if (table.row(WALL)[track] != 0.0) return false;
      const double x = seen.row(shape::X)[number] - table.row(X)[track];
      const double y = seen.row(shape::Y)[number] - table.row(Y)[track];
      const double reach = table.row(RADIUS)[track] - 0.5 * seen.row(shape::RADIUS)[number];
      return std::hypot(x, y) < reach;
    };
    Index track = 0;
    while (track < table.size() && !holds(track)) ++track;
    if (track == table.size()) found.push_back(number);
  }
  return bytes_of(found);
}

}  // namespace perception
