// Arrays of Python in C++. What is handed over is checked and used in place, never copied.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstring>
#include <vector>

namespace perception {

using Index = Py_ssize_t;

// An error is set in Python.
struct PythonError {};

[[noreturn]] inline void refuse(const char* why) {
  PyErr_SetString(PyExc_ValueError, why);
  throw PythonError{};
}

template <typename T>
inline bool is_format(char) = delete;
template <>
inline bool is_format<double>(char format) { return format == 'd'; }
template <>
inline bool is_format<bool>(char format) { return format == '?'; }
template <>
inline bool is_format<Index>(char format) { return std::strchr("ilqn", format) != nullptr; }

// A contiguous array of one or two dimensions; one dimension is a single row.
template <typename T>
class Array {
 public:
  explicit Array(PyObject* object, bool is_written = false) {
    const int wanted = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, &view_, wanted) != 0) throw PythonError{};
    const bool fits = view_.itemsize == static_cast<Index>(sizeof(T)) && view_.format &&
                      is_format<T>(view_.format[0]) && (view_.ndim == 1 || view_.ndim == 2);
    if (!fits) {
      PyBuffer_Release(&view_);
      refuse("an array has another type or shape than is expected");
    }
  }
  ~Array() { PyBuffer_Release(&view_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  Index rows() const { return view_.ndim == 2 ? view_.shape[0] : 1; }
  Index size() const { return view_.shape[view_.ndim - 1]; }
  T* row(Index number) const { return static_cast<T*>(view_.buf) + number * size(); }
  T& operator[](Index number) const { return static_cast<T*>(view_.buf)[number]; }

  const Array& of(Index rows, Index size) const {
    if (this->rows() != rows || this->size() != size) refuse("an array has the wrong size");
    return *this;
  }

 private:
  Py_buffer view_;
};

// The bytes of items, for numpy to make an array of.
template <typename T>
PyObject* bytes_of(const std::vector<T>& items) {
  const auto* data = reinterpret_cast<const char*>(items.data());
  return PyByteArray_FromStringAndSize(data, static_cast<Index>(items.size() * sizeof(T)));
}

// The arguments of one call, taken one after the other; their number was checked.
class Arguments {
 public:
  explicit Arguments(PyObject* const* items) : items_(items) {}

  PyObject* next() { return *items_++; }
  double number() {
    const double value = PyFloat_AsDouble(next());
    if (value == -1.0 && PyErr_Occurred()) throw PythonError{};
    return value;
  }
  Index whole() {
    const Index value = PyLong_AsSsize_t(next());
    if (value == -1 && PyErr_Occurred()) throw PythonError{};
    return value;
  }
  bool flag() {
    const int value = PyObject_IsTrue(next());
    if (value < 0) throw PythonError{};
    return value == 1;
  }

 private:
  PyObject* const* items_;
};

PyObject* runs(Arguments& arguments);
PyObject* shapes(Arguments& arguments);
PyObject* predict(Arguments& arguments);
PyObject* pairs(Arguments& arguments);
PyObject* cheapest(Arguments& arguments);
PyObject* update(Arguments& arguments);
PyObject* unknown(Arguments& arguments);

}  // namespace perception
