// Cuts the points of a scan into runs where neighbours do not belong together.
#include <algorithm>
#include <cmath>

#include "arrays.hpp"

namespace perception {
namespace {

struct Scan {
  const Array<double>& points;
  const Array<double>& ranges;
  const Array<Index>& beams;
  const Array<bool>& is_broken;
  bool is_full_turn;
  // The distance of neighbours per metre of range: on any surface, and on one that is in line.
  double plain;
  double flat;
  double noise;
  Index missing_beams;

  Index size() const { return ranges.size(); }
  Index turn() const { return is_broken.size(); }
  double apart(Index one, Index other) const {
    const double x = points.row(0)[one] - points.row(0)[other];
    const double y = points.row(1)[one] - points.row(1)[other];
    return std::sqrt(x * x + y * y);
  }
};

// Whether the line before the pair (first, first + 1) and that behind it agree with the pair.
bool is_in_line(const Scan& scan, Index first) {
  const Index last = scan.size() - 1;
  if (last < 2) return false;
  const double* x = scan.points.row(0);
  const double* y = scan.points.row(1);
  const double step_x = x[first + 1] - x[first], step_y = y[first + 1] - y[first];
  const auto agrees = [&](Index from, Index to) {
    const double line_x = x[to] - x[from], line_y = y[to] - y[from];
    const double off = line_x * step_y - line_y * step_x;
    return off * off <= scan.noise * scan.noise * (line_x * line_x + line_y * line_y);
  };
  // Beyond an end of the scan there is no line: a line without length agrees with everything.
  return agrees(std::max<Index>(first - 1, 0), first) &&
         agrees(first + 1, std::min(first + 2, last));
}

bool is_parted(const Scan& scan, Index first, double step) {
  const Index gap = scan.beams[first + 1] - scan.beams[first];
  if (gap > scan.missing_beams + 1) return true;
  const double reach = std::min(scan.ranges[first], scan.ranges[first + 1]) * double(gap);
  if (!(step > reach * scan.plain + scan.noise)) return false;
  return !(step <= reach * scan.flat + scan.noise && is_in_line(scan, first));
}

bool is_seam_joined(const Scan& scan) {
  const Index last = scan.size() - 1;
  const Index gap = scan.beams[0] + scan.turn() - scan.beams[last];
  const double nearer = std::min(scan.ranges[0], scan.ranges[last]);
  return gap <= scan.missing_beams + 1 &&
         scan.apart(0, last) <= scan.noise + nearer * double(gap) * scan.plain;
}

// Of each end of each run, whether what is seen there may go on behind something: a row of the
// beginnings and one of the ends. `starts` are the numbers of points in the scan.
std::vector<char> cuts(const Scan& scan, const std::vector<Index>& starts) {
  const Index count = Index(starts.size()), size = scan.size(), turn = scan.turn();
  std::vector<char> is_cut(2 * count, 0);
  if (count == 0) return is_cut;
  char* begins = is_cut.data();
  char* ends = begins + count;
  for (Index run = 0; run < count; ++run) {
    const Index start = starts[run], before = (start + size - 1) % size;
    const Index previous = (run + count - 1) % count;
    Index gap = scan.beams[start] - scan.beams[before];
    if (start == 0) gap += turn;
    // What is not beside it does not hide it.
    if (gap <= scan.missing_beams + 1) {
      begins[run] |= scan.ranges[start] > scan.ranges[before];
      ends[previous] |= scan.ranges[start] < scan.ranges[before];
    }
    begins[run] |= scan.is_broken[(scan.beams[start] + turn - 1) % turn];
    ends[previous] |= scan.is_broken[(scan.beams[before] + 1) % turn];
  }
  if (!scan.is_full_turn) {
    begins[0] |= scan.beams[0] <= scan.missing_beams;
    ends[count - 1] |= scan.beams[size - 1] >= turn - 1 - scan.missing_beams;
  }
  return is_cut;
}

void check(const Scan& scan) {
  const Index size = scan.size();
  scan.points.of(2, size);
  scan.beams.of(1, size);
  for (Index point = 0; point < size; ++point) {
    if (scan.beams[point] < (point ? scan.beams[point - 1] + 1 : 0)) refuse("beams go back");
  }
  if (size && scan.beams[size - 1] >= scan.turn()) refuse("there are not so many beams");
}

}  // namespace

PyObject* runs(Arguments& arguments) {
  const Array<double> points(arguments.next());
  const Array<double> ranges(arguments.next());
  const Array<Index> beams(arguments.next());
  const Array<bool> is_broken(arguments.next());
  const bool is_full_turn = arguments.flag();
  const double plain = arguments.number(), flat = arguments.number();
  const double noise = arguments.number();
  const Index missing_beams = arguments.whole();
  const Scan scan{points, ranges, beams, is_broken, is_full_turn,
                  plain,  flat,   noise, missing_beams};
  check(scan);
  const Index size = scan.size();
  std::vector<double> steps;
  std::vector<Index> starts;
  steps.reserve(size);
  if (size && !(is_full_turn && is_seam_joined(scan))) starts.push_back(0);
  for (Index point = 0; point + 1 < size; ++point) {
    const double step = scan.apart(point + 1, point);
    steps.push_back(step);
    if (is_parted(scan, point, step)) starts.push_back(point + 1);
  }
  if (size && starts.empty()) starts.push_back(0);
  const std::vector<char> is_cut = cuts(scan, starts);
  const Index first = starts.empty() ? 0 : starts[0];
  if (first) {
    // The step over the seam is that of neighbours, which are never far from each other.
    std::vector<double> turned(steps.begin() + first, steps.end());
    turned.push_back(0.0);
    turned.insert(turned.end(), steps.begin(), steps.begin() + first - 1);
    steps.swap(turned);
    for (Index& start : starts) start -= first;
  }
  std::vector<Index> counts;
  for (std::size_t run = 0; run < starts.size(); ++run) {
    counts.push_back((run + 1 < starts.size() ? starts[run + 1] : size) - starts[run]);
  }
  return Py_BuildValue("nNNNN", first, bytes_of(starts), bytes_of(counts), bytes_of(is_cut),
                       bytes_of(steps));
}

}  // namespace perception
